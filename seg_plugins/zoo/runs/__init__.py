"""Runs of a suite: planning, starting, watching, collecting."""
