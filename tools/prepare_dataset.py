"""Prepare a data set for training. See `seg_plugins/commands/prepare_dataset.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("prepare_dataset"))
