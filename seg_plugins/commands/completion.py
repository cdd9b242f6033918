"""Let the shell complete commands, options, configs and suites.

bash:  eval "$(seg-plugins completion bash)"               in ~/.bashrc
zsh:   eval "$(seg-plugins completion zsh)"                in ~/.zshrc, after compinit
fish:  seg-plugins completion fish | source                in ~/.config/fish/config.fish
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from seg_plugins.config.finding import named_configs
from seg_plugins.files.package import shipped_folder

from .argument_parser import ArgumentParser, subparsers_of

__all__ = ["completion_parser", "main", "possible_words"]

SCRIPTS = {
    "bash": """_seg_plugins() {
    local IFS=$'\\n'
    COMPREPLY=($(seg-plugins completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o bashdefault -o default -F _seg_plugins seg-plugins""",
    "zsh": """_seg_plugins() {
    local -a found
    found=("${(@f)$(seg-plugins completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    [[ -n "${found[1]}" ]] && compadd -- "${found[@]}" || _files
}
compdef _seg_plugins seg-plugins""",
    "fish": """function __seg_plugins
    set -l words (commandline -opc) (commandline -ct)
    seg-plugins completion words -- $words[2..-1] 2>/dev/null
end
complete -c seg-plugins -a '(__seg_plugins)'""",
}


def completion_parser() -> argparse.ArgumentParser:
    """Return the parser of `seg-plugins completion`."""
    parser = ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shell", choices=[*SCRIPTS, "words"], help="the shell; `words` is for its script")
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    return parser


def possible_words(words: Sequence[str]) -> list[str]:
    """Return the words that may complete the last word; none if the shell should complete file names.

    Args:
        words: The words after `seg-plugins` on the command line; the last one is unfinished, or empty.
    """
    from .start import COMMANDS, parser_of

    *before, last = words or [""]
    if not before:
        return [name for name in COMMANDS if name.startswith(last)]
    if before[0] not in COMMANDS:
        return []
    parser, rest = parser_of(before[0]), before[1:]
    while rest and (inner := subparsers_of(parser).get(rest[0])) is not None:
        parser, rest = inner, rest[1:]
    if last.startswith("-"):
        known = [name for name in parser._option_string_actions if name.startswith("--")]
    else:
        known = values_of(parser, rest)
    return sorted({name for name in known if name.startswith(last)})


def values_of(parser: argparse.ArgumentParser, before: Sequence[str]) -> list[str]:
    """Return the words that a parser accepts next: choices of an option, or of its next argument."""
    option = parser._option_string_actions.get(before[-1]) if before else None
    if option is not None and option.nargs != 0:
        return list(map(str, option.choices or ()))
    if names := subparsers_of(parser):
        return list(names) if not before else []
    arguments = [action for action in parser._actions if not action.option_strings]
    given = sum(not word.startswith("-") for word in before)
    if given >= len(arguments):
        return []
    action = arguments[given]
    if action.dest == "config":
        return list(named_configs())
    if action.dest in ("suite", "suites"):
        return [path.stem for path in shipped_suites()]
    return list(map(str, action.choices or ()))


def shipped_suites() -> list[Path]:
    """Return the suite files of the zoo."""
    folder = shipped_folder("configs") / "suites"
    return [path for path in sorted(folder.glob("*.yaml")) if not path.name.startswith("_")]


def main(argv: Sequence[str] | None = None) -> int:
    """Print a shell's script, or the words that may follow, and return the exit code."""
    args = completion_parser().parse_args(argv)
    if args.shell == "words":
        print(*possible_words(args.words), sep="\n", end="\n" if args.words else "")
    else:
        print(SCRIPTS[args.shell])
    return 0
