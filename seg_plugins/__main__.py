"""`python -m seg_plugins COMMAND ...`."""

import sys

from seg_plugins.commands.start import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
