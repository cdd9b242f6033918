"""A check of a machine's GPUs: what holds and how fast it is, in minutes, as JSON and a page."""

from .parts import PARTS, CheckPart, run_parts

__all__ = ["PARTS", "CheckPart", "run_parts"]
