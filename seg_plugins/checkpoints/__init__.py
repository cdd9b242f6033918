"""Checkpoint files: written atomically, read safely, and compared with the model that they are for."""
