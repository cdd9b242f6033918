"""Command lines in messages, quoted so that they can be pasted into a shell."""

import shlex

__all__ = ["tool_command"]


def tool_command(tool: str, *words: object) -> str:
    """Return the command line of a tool, quoted for the shell.

    Args:
        tool: Name of the file in `tools/`, without suffix.
        *words: Arguments of the tool.

    >>> tool_command("train", "my data/config.py")
    "python tools/train.py 'my data/config.py'"
    """
    return shlex.join(["python", f"tools/{tool}.py", *map(str, words)])
