"""Test a segmentor.

`python tools/test.py CONFIG CHECKPOINT [--work-dir DIR] [--out DIR] [--show-dir DIR] [--tta]`

The command line is upstream's; see `seg_plugins/commands/test.py`.
"""

import sys

from opencv_check import check_opencv


def main() -> int:
    """Run the tool; returns the exit code (0 done, 2 wrong input)."""
    check_opencv()
    from seg_plugins.commands.test import test
    from seg_plugins.commands.user_errors import run_tool

    return run_tool(test)


if __name__ == "__main__":
    sys.exit(main())
