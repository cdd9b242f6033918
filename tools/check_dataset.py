"""Check a data set before training on it. See `seg_plugins/commands/check_dataset.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("check_dataset"))
