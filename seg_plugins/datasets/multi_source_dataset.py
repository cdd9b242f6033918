"""Labelled and unlabelled images, or several domains, as one data set of named branches."""

import os.path as osp
from collections.abc import Sequence
from typing import Any, ClassVar

from mmengine.dataset import ConcatDataset
from mmseg.registry import DATASETS

from seg_plugins.ops.batches import in_branches

from .keyed_dataset import sample_of_key

__all__ = ["BRANCHES", "MultiSourceDataset", "labelled_source", "validated_sources"]

BRANCHES = ("sup", "unsup_teacher", "unsup_student")


@DATASETS.register_module()
class MultiSourceDataset(ConcatDataset):
    """`ConcatDataset` of sources that give samples of different branches; no image stands in two of them.

    A source whose pipeline ends in `PackSegInputs` gives the branch `sup`: the data set of a supervised
    config is a source as it is. Unlabelled sources end in `MultiBranch`.

    Args:
        datasets: Sources or their configs; the first one is labelled.
        ann_files: List of images of each source, in place of its own `ann_file`; None leaves that.
        branches: Names of all branches of a batch.
        **kwargs: As of `mmengine.dataset.ConcatDataset`.

    Raises:
        ValueError: Two sources differ in their classes or palette, or share an image.
    """

    takes_keys: ClassVar[bool] = True

    def __init__(
        self,
        datasets: Sequence[dict | Any],
        ann_files: Sequence[str] | None = None,
        branches: Sequence[str] = BRANCHES,
        **kwargs: Any,
    ) -> None:
        if ann_files is not None:
            if len(ann_files) != len(datasets):
                raise ValueError(f"ann_files names {len(ann_files)} lists for {len(datasets)} sources")
            datasets = [{**s, "ann_file": name} for s, name in zip(datasets, ann_files, strict=True)]
        built = [DATASETS.build(source) if isinstance(source, dict) else source for source in datasets]
        for number, source in enumerate(built[1:], start=1):
            check_same_classes(built[0].metainfo, source.metainfo, number)
        self.branches = list(branches)
        super().__init__(built, **kwargs)

    def full_init(self) -> None:
        """Load the lists of all sources, once, and compare them."""
        if self._fully_initialized:
            return
        super().full_init()
        check_disjoint([image_paths(source) for source in self.datasets])

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return the sample at `index`, which may be a key of it, by branches."""
        sample = sample_of_key(self, index, super().__getitem__)
        if isinstance(sample["inputs"], dict):
            return sample
        return in_branches({self.branches[0]: sample}, self.branches)


def labelled_source(config: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the config of the source that has labels.

    Args:
        config: Of a data set.

    Returns:
        The first source of a `MultiSourceDataset` and its place in that config, ".datasets.0"; or any other
        config as it is, and "".
    """
    if config.get("type") != MultiSourceDataset.__name__:
        return config, ""
    source, lists = config["datasets"][0], config.get("ann_files")
    return {**source, "ann_file": lists[0]} if lists else source, ".datasets.0"


def image_paths(source: Any) -> set[str]:
    """Return the images of a data set, links resolved; none for one that does not list them."""
    if not hasattr(source, "get_data_info"):
        return set()
    infos = (source.get_data_info(i) for i in range(len(source)))
    return {osp.realpath(info["img_path"]) for info in infos if "img_path" in info}


def validated_sources(train: Any, val: Any) -> list[str]:
    """Say which sources of a training data set hold images of the validation.

    Args:
        train: A data set; any but a `MultiSourceDataset` has no sources.
        val: That of the validation.

    Returns:
        One sentence for each such source.
    """
    if not isinstance(train, MultiSourceDataset):
        return []
    held_out, words = image_paths(val), []
    for number, source in enumerate(train.datasets):
        if common := sorted(image_paths(source) & held_out):
            words.append(
                f"source {number} of train_dataloader.dataset holds {len(common)} of {len(held_out)} images "
                f"of the validation, such as {common[0]}: its figures are too high; take them out of the "
                "source's ann_file"
            )
    return words


def check_disjoint(sources: Sequence[set[str]]) -> None:
    """Raise ValueError where two sources share an image."""
    for second in range(len(sources)):
        for first in range(second):
            if common := sorted(sources[first] & sources[second]):
                raise ValueError(
                    f"sources {first} and {second} of train_dataloader.dataset share {len(common)} images, "
                    f"such as {common[0]}: take them out of one of the two lists (ann_file)"
                )


def check_same_classes(first: dict[str, Any], other: dict[str, Any], number: int) -> None:
    """Raise ValueError, naming the ids, where source `number` has other classes or colours than source 0."""
    for key in ("classes", "palette"):
        ours, theirs = list(first.get(key) or ()), list(other.get(key) or ())
        if ours == theirs:
            continue
        if len(ours) != len(theirs):
            what = f"{len(theirs)} {key} instead of {len(ours)}"
        else:
            ids = [i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
            what = f"another {key} at ids {ids} ({theirs[ids[0]]!r} instead of {ours[ids[0]]!r})"
        raise ValueError(
            f"source {number} of train_dataloader.dataset has {what} than source 0: give both the same "
            f"metainfo, or map one to the other with label_map"
        )
