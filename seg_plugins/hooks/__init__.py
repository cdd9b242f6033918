"""Hooks: what happens around the steps of a run."""

from .whole_checkpoint_hook import WholeCheckpointHook

__all__ = ["WholeCheckpointHook"]
