"""Segment images, folders, videos and rasters.

`python tools/predict.py CONFIG CHECKPOINT INPUT... --out DIR  (more options: --help)`
Exit code 0; 1 where an input was refused (the others are done); 2 where the model cannot be used.
Images reach the network as in a test, by the config's own loading transform: `seg_plugins/models`.
"""

import sys

from opencv_check import check_opencv


def main() -> int:
    """Run the tool; returns the exit code."""
    check_opencv()
    from seg_plugins.inference.command import predict
    from seg_plugins.launch.user_errors import run_tool

    return run_tool(predict)


if __name__ == "__main__":
    sys.exit(main())
