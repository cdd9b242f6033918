"""Slurm: the batch script of runs and arrays, the submission of suites, the state of the queue."""

__all__: list[str] = []
