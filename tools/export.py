"""Write a trained network to an ONNX file. See `seg_plugins/commands/export.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("export"))
