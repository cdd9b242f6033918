"""Lists of the entries without faults, for `ann_file`; the files themselves are never changed."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seg_plugins.files.atomic import write_text
from seg_plugins.files.file_names import names_by_stem

from .entries import Split
from .inspection import Inspection

__all__ = ["write_cleaned_lists"]


def write_cleaned_lists(splits: Sequence[Split], found: Sequence[Inspection], out: Path) -> dict[str, Path]:
    """Write one stem per line, without the entries that have a fault.

    Args:
        splits: Splits from `read_splits`.
        found: Entries from `inspect_all`.
        out: Folder for `<split>.txt`.

    Returns:
        Config key -> file, for `--cfg-options`.
    """
    options = {}
    for split in splits:
        folder = split.dataset.data_prefix["img_path"]
        fine = [item.image for item in found if item.split == split.name and not item.fault]
        names = [os.path.relpath(path, folder).replace(os.sep, "/") for path in fine]
        stems = sorted(names_by_stem(names, np.atleast_1d(split.dataset.img_suffix).tolist()))
        target = out / f"{split.name}.txt"
        write_text(target, "".join(f"{stem}\n" for stem in stems))
        options[f"{split.key}.ann_file"] = target.resolve()
    return options
