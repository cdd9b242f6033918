import os

import numpy as np
import pytest
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


def test_no_labels(config):
    config["pipeline"] = config["pipeline"][:1]
    with pytest.raises(ValueError, match="loads no labels"):
        class_pixels(DATASETS.build(config))
