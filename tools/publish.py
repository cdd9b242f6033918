"""Publish a trained model. See `seg_plugins/commands/publish.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("publish"))
