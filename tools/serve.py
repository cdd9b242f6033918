"""A web page and an HTTP API around a trained model.

`python tools/serve.py CONFIG CHECKPOINT [--host 127.0.0.1] [--port 8000]  (more options: --help)`
Needs the extra `serve`. Without the page:
`curl -H 'Content-Type: image/png' --data-binary @image.png http://127.0.0.1:8000/api/segment`
"""

import sys

from opencv_check import check_opencv


def main() -> int:
    """Run the tool; returns the exit code."""
    check_opencv()
    from seg_plugins.commands.serve import serve
    from seg_plugins.commands.user_errors import run_tool

    return run_tool(serve)


if __name__ == "__main__":
    sys.exit(main())
