"""Suites of configs: their runs, one record per run, and tables that anyone can rebuild."""

__all__: list[str] = []
