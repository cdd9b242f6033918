"""`python -m seg_plugins COMMAND ...`."""

import sys

from seg_plugins.commands.start import main
from seg_plugins.config.tool_command import MODULE

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main(MODULE))
