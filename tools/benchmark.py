"""Run suites and make their tables. See `seg_plugins/commands/benchmark.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("benchmark"))
