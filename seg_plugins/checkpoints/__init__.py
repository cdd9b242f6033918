"""Checkpoint files: written whole, read safely, and compared with the model that they are for."""
