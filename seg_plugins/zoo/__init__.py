"""Suites of configs: run them, collect one record per run, render tables that anyone can rebuild."""

__all__: list[str] = []
