"""Base of data sets that check their files before the first step."""

import json
import os
import os.path as osp
from collections.abc import Sequence
from typing import Any, ClassVar

import mmengine.fileio as fileio
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from seg_plugins.files.file_names import files_below, names_by_stem, read_list, require_one_each
from seg_plugins.ops.painting import default_palette

from .data_folders import how_to_get, require_folder
from .keyed_dataset import sample_of_key
from .label_check import IdRule, check_labels, folder_fingerprint

__all__ = ["MANIFEST", "CheckedSegDataset", "is_one_folder", "without"]

MANIFEST = "prepared.json"


@DATASETS.register_module()
class CheckedSegDataset(BaseSegDataset):
    """Images and label maps in two folders, checked when the data set is built.

    The check names every missing folder, image or label, every label of another size than its image, every
    label that holds colours or 16 bits, and every label with an id that is not a class. Without it, such a
    label would crash the loss. The labels of a folder that `tools/prepare_dataset.py` made are read only if
    they have changed since. The random draws of a sample are seeded from its key; see `sample_of_key`.

    Args:
        img_suffix: Suffixes of the image files. Two images that differ in their suffix only are refused.
        seg_map_suffix: Suffix of the label files, or several. If labels lie among the images, such a file is
            no image.
        check_labels: Whether to read every label at the start. Missing files are always reported.
        **kwargs: Arguments of `mmseg.datasets.BaseSegDataset`.

    Raises:
        FileNotFoundError: If a folder, the list of entries, an image or a label is missing.
        ValueError: If a label is faulty, or two files share a name.
    """

    prepared_by: ClassVar[str] = ""
    takes_keys: ClassVar[bool] = True

    def __init__(
        self,
        img_suffix: str | tuple[str, ...] = (".jpg", ".png"),
        seg_map_suffix: str | tuple[str, ...] = ".png",
        check_labels: bool = True,
        **kwargs: Any,
    ) -> None:
        self.check_labels = check_labels
        super().__init__(
            img_suffix=(img_suffix,) if isinstance(img_suffix, str) else tuple(img_suffix),
            seg_map_suffix=seg_map_suffix if isinstance(seg_map_suffix, str) else tuple(seg_map_suffix),
            **kwargs,
        )

    def _update_palette(self) -> list:
        """Return the data set's palette; if it has none, a fixed one instead of random colours."""
        classes = self._metainfo.get("classes") or ()
        if len(self._metainfo.get("palette") or ()) == 0:
            return default_palette(len(classes), classes).tolist()
        return super()._update_palette()

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return the sample at `index`, which may be a sample key."""
        return sample_of_key(self, index, super().__getitem__)

    def full_init(self) -> None:
        """Load the list of entries and check the labels, once."""
        if self._fully_initialized:
            return
        super().full_init()
        if self.check_labels and self.backend_args is None and not self.labels_are_known():
            entries = (self.get_data_info(i) for i in range(len(self)))
            pairs = [(e["img_path"], e["seg_map_path"]) for e in entries if "seg_map_path" in e]
            if pairs:
                self.check_pairs(pairs)

    def check_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Read every label; raise ValueError naming the faulty ones."""
        check_labels(pairs, self.id_rule())

    def id_rule(self) -> IdRule:
        """Return the rule for ids in the files, before `label_map` and `reduce_zero_label`."""
        in_files = self.METAINFO.get("classes") or self.metainfo.get("classes") or ()
        return IdRule(len(in_files) or 255, self.ignore_index, self.reduce_zero_label)

    def labels_are_known(self) -> bool:
        """Return whether `prepare_dataset.py` has already checked these very files."""
        folder = self.data_prefix.get("seg_map_path")
        manifest = osp.join(self.data_root or "", MANIFEST)
        if not folder or not osp.isfile(manifest):
            return False
        with open(manifest, encoding="utf-8") as file:
            record = json.load(file)
        here = osp.relpath(folder, self.data_root)
        known = {name: digest for name, digest in record.get("labels", {}).items() if name.startswith(here)}
        if not known or record.get("num_classes") != self.id_rule().num_classes:
            return False
        try:
            return all(known[name] == folder_fingerprint(osp.join(self.data_root, name)) for name in known)
        except OSError:
            return False

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the entries: paths of image and label, and how to read the label.

        Raises:
            FileNotFoundError: If an image has no label.
        """
        entries, unlabelled, _ = self.pair_files()
        if unlabelled:
            name = osp.splitext(osp.basename(unlabelled[0]))[0] + self.label_suffixes[0]
            raise FileNotFoundError(
                f"{len(unlabelled)} of {len(entries) + len(unlabelled)} images have no label in "
                f"{self.data_prefix['seg_map_path']}; the first is {name}: add the labels, or list the "
                "entries to use in ann_file"
            )
        return entries

    def pair_files(self) -> tuple[list[dict[str, Any]], list[str], list[str]]:
        """Match images and labels by name.

        Returns:
            The complete entries, images without a label, and labels without an image; the last two as paths.
            If there is no folder of labels, every image is complete.
        """
        folder = self.data_prefix.get("img_path") or ""
        images = self.files_by_stem(folder, self.img_suffix, "images")
        label_folder = self.data_prefix.get("seg_map_path")
        how_to_read = dict(
            label_map=self.label_map,
            reduce_zero_label=self.reduce_zero_label,
            num_file_classes=self.id_rule().num_classes,
            ignore_index=self.ignore_index,
        )
        if not label_folder:
            chosen = self.listed(images)
            paths = (osp.join(folder, chosen[stem]) for stem in sorted(chosen))
            return [dict(img_path=path, seg_fields=[], **how_to_read) for path in paths], [], []
        labels = self.files_by_stem(label_folder, self.label_suffixes, "labels")
        if is_one_folder(folder, label_folder):
            images = without(images, labels)
        chosen = self.listed(images)
        partners = require_one_each({s: labels[s] for s in chosen if s in labels}, label_folder, "labels")
        entries = [
            dict(
                img_path=osp.join(folder, chosen[stem]),
                seg_map_path=osp.join(label_folder, partners[stem]),
                seg_fields=[],
                **how_to_read,
            )
            for stem in sorted(partners)
        ]
        unlabelled = [osp.join(folder, chosen[stem]) for stem in sorted(set(chosen) - set(labels))]
        orphans = [osp.join(label_folder, labels[stem][0]) for stem in sorted(set(labels) - set(images))]
        return entries, unlabelled, orphans

    @property
    def label_suffixes(self) -> tuple[str, ...]:
        """Suffixes of the label files."""
        return (self.seg_map_suffix,) if isinstance(self.seg_map_suffix, str) else self.seg_map_suffix

    def files_by_stem(self, folder: str, suffixes: tuple[str, ...], what: str) -> dict[str, list[str]]:
        """Map each stem to the file names that have it, for the files in and below a folder."""
        self.require_folder(folder, what)
        if self.backend_args is None:
            names = files_below(folder, suffixes)
        else:
            names = fileio.list_dir_or_file(
                folder, list_dir=False, recursive=True, backend_args=self.backend_args
            )
        found = names_by_stem(names, suffixes)
        if not found:
            some = sorted(os.listdir(folder))[:3] if osp.isdir(folder) else []
            raise FileNotFoundError(
                f"no {what} end in {' or '.join(suffixes)} in {folder} (it holds {some or 'nothing'}): "
                f"{how_to_get(self.prepared_by, 'set img_suffix or seg_map_suffix')}"
            )
        return found

    def require_folder(self, folder: str, what: str) -> None:
        """Raise FileNotFoundError with advice if the folder is missing."""
        if self.backend_args is None:
            require_folder(folder, what, self.data_root, self.prepared_by)

    def listed(self, images: dict[str, list[str]]) -> dict[str, str]:
        """Return the images that `ann_file` lists, one stem per line; without a list, all images."""
        folder = self.data_prefix.get("img_path")
        if not self.ann_file:
            return require_one_each(images, folder, "images")
        if not osp.isfile(self.ann_file):
            raise FileNotFoundError(f"list of entries {self.ann_file} does not exist: correct ann_file")
        stems = read_list(self.ann_file, images)
        missing = [stem for stem in stems if stem not in images]
        if missing or not stems:
            raise FileNotFoundError(
                f"{self.ann_file} lists {len(stems)} entries, {len(missing)} of them without an image in "
                f"{folder}: {missing[:3]}; each line must be the name of an image without its suffix"
            )
        return require_one_each({stem: images[stem] for stem in stems}, folder, "images")


def is_one_folder(images: str | os.PathLike[str], labels: str | os.PathLike[str]) -> bool:
    """Return whether images and labels lie in the same folder."""
    return osp.realpath(images) == osp.realpath(labels)


def without(images: dict[str, list[str]], labels: dict[str, list[str]]) -> dict[str, list[str]]:
    """Remove the files that are labels from those that could be images."""
    taken = {name for names in labels.values() for name in names}
    left = {stem: [name for name in names if name not in taken] for stem, names in images.items()}
    return {stem: names for stem, names in left.items() if names}
