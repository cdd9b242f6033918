"""Serve a web page and an HTTP API around a trained model. See `seg_plugins/commands/serve.py`."""

import sys

from seg_plugins.commands.start import start

if __name__ == "__main__":
    sys.exit(start("serve"))
