"""Train a segmentor. See `seg_plugins/commands/train.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("train"))
