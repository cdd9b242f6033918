"""List, check and convert weights of a config. See `seg_plugins/commands/weights.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("weights"))
