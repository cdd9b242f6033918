"""Show a config as it runs. See `seg_plugins/commands/print_config.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("print_config"))
