"""Segment images, folders, videos and rasters. See `seg_plugins/commands/predict.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("predict"))
