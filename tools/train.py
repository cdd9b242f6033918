"""Train a segmentor.

`python tools/train.py CONFIG [--work-dir DIR] [--resume] [--amp] [--cfg-options K=V ...] [--launcher L]`

The command line is upstream's; see `seg_plugins/commands/train.py`.
"""

import sys

from opencv_check import check_opencv
from start_signals import stop_at_signals


def main() -> int:
    """Run the tool; returns the exit code (0 done, 2 wrong input, 85 stopped by a signal)."""
    stop_at_signals()
    check_opencv()
    from seg_plugins.commands.train import train
    from seg_plugins.commands.user_errors import run_tool

    return run_tool(train)


if __name__ == "__main__":
    sys.exit(main())
