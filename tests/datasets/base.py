"""A small folder of images and labels to plant faults in, and the test that every data set passes."""

import cv2
import numpy as np
import pytest
from mmseg.registry import DATASETS


def write_pair(root, split, stem, shape=(24, 32), label=None, classes=3, suffix=".png"):
    rng = np.random.default_rng(abs(hash(stem)) % 1000)
    for folder in ("images", "labels"):
        (root / folder / split).mkdir(parents=True, exist_ok=True)
    image = root / "images" / split / (stem + suffix)
    label_path = root / "labels" / split / f"{stem}.png"
    cv2.imwrite(str(image), rng.integers(0, 255, (*shape, 3), np.uint8))
    if label is None:
        label = rng.integers(0, classes, shape, dtype=np.uint8)
    cv2.imwrite(str(label_path), label)
    return image, label_path


def folder_config(root, dataset_type="CheckedSegDataset", split="train", **more):
    config = dict(
        type=dataset_type,
        data_root=str(root),
        data_prefix=dict(img_path=f"images/{split}", seg_map_path=f"labels/{split}"),
        pipeline=[dict(type="LoadSegImage"), dict(type="LoadSegAnnotations"), dict(type="PackSegInputs")],
    )
    if dataset_type == "CheckedSegDataset":
        config["metainfo"] = dict(classes=("a", "b", "c"))
    return config | more


class DatasetTester:
    """Subclass with the registered name and what the data set is known to hold."""

    name: str
    classes: int
    things: int

    def test_metainfo(self):
        info = DATASETS.get(self.name).METAINFO
        assert len(info["classes"]) == len(set(info["classes"])) == len(info["palette"]) == self.classes
        assert len({tuple(colour) for colour in info["palette"]}) >= 0.99 * self.classes
        assert len(info["thing_classes"]) == self.things
        assert set(info["thing_classes"]) <= set(info["classes"])

    def test_loads_a_pair(self, tmp_path):
        write_pair(tmp_path, "train", "a", classes=2)
        dataset = DATASETS.build(folder_config(tmp_path, self.name))
        item = dataset[0]
        label = item["data_samples"].gt_sem_seg.data
        assert label.shape == (1, 24, 32)
        assert int(label[label != 255].max()) < self.classes

    def test_missing_data_says_how_to_prepare_it(self, tmp_path):
        with pytest.raises(
            FileNotFoundError, match=r"prepare_dataset\.py " + DATASETS.get(self.name).prepared_by
        ):
            DATASETS.build(folder_config(tmp_path / "none", self.name))
