"""Slurm: one batch script for single runs and arrays, submission of suites, the state of the queue."""

__all__: list[str] = []
