"""Street scenes drawn by code; the only data set that needs no source."""

from functools import partial
from pathlib import Path

from .converter import Converter, Entry, Sample
from .streets.street_renderer import render_street

__all__ = ["CONVERTER", "DEFAULT_COUNTS", "DEFAULT_SIZE", "list_scenes"]

DEFAULT_SIZE = (128, 256)  # (H, W)
DEFAULT_COUNTS = {"train": 600, "val": 100}
SPLIT_SEEDS = {"train": 0, "val": 1, "test": 2}


def make(seed: int, index: int, size: tuple[int, int]) -> Sample:
    """Draw one scene."""
    return Sample(*render_street(seed, index, *size))


def list_scenes(
    counts: dict[str, int] = DEFAULT_COUNTS, size: tuple[int, int] = DEFAULT_SIZE, seed: int = 0
) -> list[Entry]:
    """List the scenes to draw.

    Args:
        counts: Number of scenes per split; scenes of a smaller set are the first of a larger one.
        size: Height and width in pixels.
        seed: Seed of the whole set.
    """
    return [
        Entry(split, f"{index:05d}", partial(make, 3 * seed + SPLIT_SEEDS[split], index, size))
        for split, count in counts.items()
        for index in range(count)
    ]


def find(_: Path) -> list[Entry]:
    """List the default scenes."""
    return list_scenes()


CONVERTER = Converter(
    name="synth-streets",
    num_classes=11,
    find=find,
    licence="part of this project, Apache-2.0",
    citation="none needed",
    fetch="It is drawn, nothing has to be fetched.",
)
