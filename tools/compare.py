"""Compare two tested runs. See `seg_plugins/commands/compare.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("compare"))
