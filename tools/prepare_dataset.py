"""Makes a data set ready for training: `python tools/prepare_dataset.py NAME [--source DIR] [--out DIR]`."""

import argparse
import os
import sys
from pathlib import Path

from seg_plugins.converters import CONVERTERS, Converter
from seg_plugins.converters.pairing import require_source
from seg_plugins.converters.synth_streets import DEFAULT_COUNTS, DEFAULT_SIZE, list_scenes
from seg_plugins.converters.unpacking import prepare_source
from seg_plugins.converters.writing import prepare, recipe_of


def parse_size(text: str) -> tuple[int, int]:
    """Reads "128x256" as height and width."""
    height, width = text.lower().split("x")
    return int(height), int(width)


def parse_counts(text: str) -> dict[str, int]:
    """Reads "train=600,val=100"."""
    counts = {split: int(count) for split, count in (part.split("=") for part in text.split(","))}
    if not counts.keys() <= {"train", "val", "test"}:
        raise ValueError(text)
    return counts


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, converter in CONVERTERS.items():
        sub = names.add_parser(name, help=converter.fetch, description=converter.fetch)
        sub.add_argument("--out", type=Path, help=f"where to put it (default: data/{name})")
        sub.add_argument(
            "--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)"
        )
        if name == "synth-streets":
            sub.add_argument("--size", type=parse_size, default=DEFAULT_SIZE, help="HxW (default: 128x256)")
            sub.add_argument("--counts", type=parse_counts, default=DEFAULT_COUNTS, help="train=600,val=100")
            sub.add_argument("--seed", type=int, default=0)
        else:
            sub.add_argument("--source", type=Path, help="where the publisher's files lie")
            sub.add_argument("--partial", action="store_true", help="accept counts other than the published")
    return parser.parse_args(arguments)


def run(converter: Converter, args: argparse.Namespace, out: Path) -> dict:
    """Finds the entries and writes them."""
    if converter.name == "synth-streets":
        entries = list_scenes(args.counts, args.size, args.seed)
        recipe = recipe_of(converter, entries, [args.size, args.seed])
        return prepare(converter, entries, out, args.jobs, recipe=recipe)
    source = require_source(args.source, converter.name, converter.fetch)
    if source.resolve() == out.resolve():
        raise ValueError(f"--source and --out are both {out}: the result needs a folder of its own")
    return prepare_source(converter, source, out, args.jobs, args.partial)


def main(arguments: list[str] | None = None) -> int:
    """Prepares one data set; returns the exit code."""
    args = parse_args(arguments)
    converter = CONVERTERS[args.name]
    out = args.out or Path("data") / converter.name
    try:
        record = run(converter, args, out)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nstopped; run the same command again to go on ({out} is not complete)", file=sys.stderr)
        return 130
    counts = ", ".join(f"{count} {split}" for split, count in record["images"].items())
    print(f"{converter.name}: {counts} images {'are now' if record['fresh'] else 'were already'} in {out}")
    for note, times in record["notes"].items():
        print(f"note: {note} ({times} images)")
    print(f"licence: {converter.licence}\ncite: {converter.citation}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
