"""Commands as messages show them, so that they can be pasted into a shell."""

import shlex

__all__ = ["tool_command"]


def tool_command(tool: str, *words: object) -> str:
    """Returns the command line of a tool, quoted for the shell.

    Args:
        tool: Name of the file in `tools/`, without ending.
        *words: Its arguments.

    >>> tool_command("train", "my data/config.py")
    "python tools/train.py 'my data/config.py'"
    """
    return shlex.join(["python", f"tools/{tool}.py", *map(str, words)])
