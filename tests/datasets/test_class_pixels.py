import os

import cv2
import numpy as np
import pytest
import tifffile
from mmseg.registry import DATASETS

from seg_plugins.datasets.class_pixels import class_pixels
from seg_plugins.datasets.packing import default_folder, pack_dataset
from tests.datasets.base import folder_config, write_pair


@pytest.fixture
def config(tmp_path):
    for i in range(3):
        label = np.full((10, 12), i, np.uint8)
        label[0] = 255
        write_pair(tmp_path, "train", f"s{i}", shape=(10, 12), label=label)
    return folder_config(tmp_path)


def test_counts_of_files_and_of_their_pack(config):
    expected = np.eye(3, dtype=int) * 108
    assert np.array_equal(class_pixels(DATASETS.build(config)), expected)
    pack_dataset(config, default_folder(config))
    wrapped = dict(type="KeyedDataset", dataset=dict(type="PackedSegDataset", dataset=config))
    assert np.array_equal(class_pixels(DATASETS.build(wrapped)), expected)


@pytest.mark.parametrize("keyed", [False, True])
def test_several_data_sets_and_mixed_images(config, keyed):
    two = dict(type="ConcatDataset", datasets=[config, dict(config, indices=[2])])
    mixed = dict(type="MultiImageMixDataset", dataset=config, pipeline=[])
    found = [
        class_pixels(DATASETS.build(dict(type="KeyedDataset", dataset=c) if keyed else c))
        for c in (two, mixed)
    ]
    assert np.array_equal(found[0], np.eye(3, dtype=int)[[0, 1, 2, 2]] * 108)
    assert np.array_equal(found[1], np.eye(3, dtype=int) * 108)


def test_kept_until_a_label_changes(config, tmp_path):
    dataset = DATASETS.build(config)
    class_pixels(dataset)
    (kept,) = tmp_path.glob(".class_pixels-*.npy")
    np.save(kept, np.zeros((3, 3)))
    assert class_pixels(dataset).sum() == 0
    os.utime(tmp_path / "labels" / "train" / "s1.png", ns=(1, 1))
    assert class_pixels(dataset).sum() == 3 * 108


def test_counted_anew_where_masks_are_read_otherwise(tmp_path):
    """The same files with other class values or other loaders: the cached counts answer another question."""
    for i in range(2):
        write_pair(tmp_path, "train", f"s{i}", shape=(4, 5), label=np.full((4, 5), 10 * i, np.uint8))
    config = dict(
        type="FolderSegDataset", data_root=str(tmp_path), check_labels=False,
        data_prefix=dict(img_path="images/train", seg_map_path="labels/train"),
        pipeline=[dict(type="LoadSegAnnotations")],
    )  # fmt: skip
    codes = ([0, 10], [10, 0], [5, 10])
    for _ in range(2):  # the second time from what is kept
        found = [
            class_pixels(DATASETS.build(dict(config, classes=["a", "b"], values=v, ignored=[0, 5]))).tolist()
            for v in codes
        ]
        assert found == [[[20, 0], [0, 20]], [[0, 20], [20, 0]], [[0, 0], [0, 20]]]
    assert len(list(tmp_path.glob(".class_pixels-*.npy"))) == 3


@pytest.mark.parametrize("change", [dict(ignore_index=1), dict(reduce_zero_label=True)])
def test_counted_anew_with_other_ids(config, change):
    before = class_pixels(DATASETS.build(config))
    assert not np.array_equal(class_pixels(DATASETS.build(config | change)), before)


def test_no_labels(config):
    config["pipeline"] = config["pipeline"][:1]
    with pytest.raises(ValueError, match="loads no labels"):
        class_pixels(DATASETS.build(config))


def test_pixels_without_data_do_not_count(tmp_path):
    for kind in ("images", "labels"):
        (tmp_path / kind / "train").mkdir(parents=True)
    image = np.ones((4, 5), np.float32)
    image[0] = np.nan
    tifffile.imwrite(tmp_path / "images" / "train" / "a.tif", image)
    cv2.imwrite(str(tmp_path / "labels" / "train" / "a.png"), np.zeros((4, 5), np.uint8))
    config = folder_config(tmp_path, img_suffix=".tif")
    config["pipeline"] = [dict(type="LoadSegImage", color_type="unchanged"), dict(type="LoadSegAnnotations")]
    assert class_pixels(DATASETS.build(config)).tolist() == [[15, 0, 0]]
