"""Lists of the entries that are fine, for `ann_file`; the files themselves are never touched."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seg_plugins.datasets.file_names import names_by_stem
from seg_plugins.doctor.entries import Split
from seg_plugins.doctor.inspection import Inspection

__all__ = ["write_cleaned_lists"]


def write_cleaned_lists(splits: Sequence[Split], found: Sequence[Inspection], out: Path) -> dict[str, Path]:
    """Writes one stem a line, without the entries that have a fault.

    Args:
        splits: From `read_splits`.
        found: From `inspect_all`.
        out: Folder for `<split>.txt`.

    Returns:
        Config key -> file, to be given to `--cfg-options`.
    """
    out.mkdir(parents=True, exist_ok=True)
    options = {}
    for split in splits:
        folder = split.dataset.data_prefix["img_path"]
        fine = [item.image for item in found if item.split == split.name and not item.fault]
        names = [os.path.relpath(path, folder).replace(os.sep, "/") for path in fine]
        stems = sorted(names_by_stem(names, np.atleast_1d(split.dataset.img_suffix).tolist()))
        target, draft = out / f"{split.name}.txt", out / f"{split.name}.txt.part"
        draft.write_text("".join(f"{stem}\n" for stem in stems), encoding="utf-8")
        os.replace(draft, target)
        options[f"{split.key}.ann_file"] = target.resolve()
    return options
