"""Where OpenCV does not load, say which package to install instead of showing a stack trace."""

import sys


def check_opencv() -> None:
    """Import cv2.

    Raises:
        SystemExit: It does not load; the message names the package that is missing, the exit code is 2.
    """
    try:
        import cv2  # noqa: F401
    except ImportError as error:
        message = (
            f"error: OpenCV does not load: {error}\n"
            "On a machine without a display install either the system's OpenGL library\n"
            "  apt-get install libgl1 libglib2.0-0   (Fedora: dnf install mesa-libGL)\n"
            "or, without root, the build of OpenCV that does not need it:\n"
            "  pip uninstall -y opencv-python && pip install opencv-python-headless"
        )
        print(message, file=sys.stderr)
        raise SystemExit(2) from None
