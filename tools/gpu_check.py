"""Check this machine's GPUs. See `seg_plugins/commands/gpu_check.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("gpu_check"))
