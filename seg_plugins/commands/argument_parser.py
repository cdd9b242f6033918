"""Argparse with suggestions for unknown options and choices."""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from seg_plugins.config.suggestions import did_you_mean
from seg_plugins.config.tool_command import tool_command

__all__ = ["ArgumentParser", "subparsers_of"]

TOOL = re.compile(r"(?:python )?tools/(\w+)\.py")
CHOICE = re.compile(r"invalid choice: '?([^'\s]+)'? \(choose from (.*)\)")


def subparsers_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the parsers of a parser's subcommands, by name."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= action.choices
    return found


class ArgumentParser(argparse.ArgumentParser):
    """Argparse's parser; a message about an unknown option or choice names similar ones."""

    words: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does; the words of a list may stand on both sides of an option.

        Argparse itself takes `run SUITE --jobs 2 ROW` for an error: the list of rows was empty by then.
        """
        self.words = sys.argv[1:] if args is None else list(args)
        found, rest = super().parse_known_args(args, namespace)
        for action in self._actions:
            if not action.option_strings and action.nargs == "*" and action.type is None:
                more = [word for word in rest if not word.startswith("-")]
                setattr(found, action.dest, [*(getattr(found, action.dest) or ()), *more])
                rest = [word for word in rest if word.startswith("-")]
        return found, rest

    def options(self) -> Iterator[str]:
        """Yield the options of this parser and of the subcommands that its words name."""
        yield from (name for name in self._option_string_actions if name.startswith("--"))
        for name, parser in subparsers_of(self).items():
            if name in self.words and isinstance(parser, ArgumentParser):
                parser.words = self.words
                yield from parser.options()

    def hint(self, message: str) -> str:
        """Suggest what was probably meant by unknown options and by an unknown choice."""
        known = list(self.options())
        given = [word.partition("=")[0] for word in self.words if word.startswith("--")]
        unknown = [word for word in given if word != "--" and not any(o.startswith(word) for o in known)]
        found = [f" {word}:{near}" for word in unknown if (near := did_you_mean(word, known))]
        if choice := CHOICE.search(message):
            choices = [name.strip(" '\"") for name in choice[2].split(",")]
            found.append(did_you_mean(choice[1], choices))
        return "".join(found)

    def format_help(self) -> str:
        """Return the help; its commands have the form in which this one was called."""
        return TOOL.sub(lambda found: tool_command(found[1]), super().format_help())

    def error(self, message: str) -> NoReturn:
        """End with usage, message and similar names, and exit code 2."""
        super().error(f"{message}.{hint}" if (hint := self.hint(message)) else message)
