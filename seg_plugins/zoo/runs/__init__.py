"""Runs of a suite: planning, starting, monitoring, collecting."""
