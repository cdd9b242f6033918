"""Weights that a config needs, and whether a file fits it. See `seg_plugins/commands/weights.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("weights"))
