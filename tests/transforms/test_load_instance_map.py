import cv2
import numpy as np
import pytest
from mmseg.datasets.transforms import RandomCrop, RandomFlip, Resize

from seg_plugins.transforms import LoadInstanceMap, LoadSegAnnotations


@pytest.fixture
def entry(tmp_path):
    for folder in ("labels", "instances"):
        (tmp_path / folder).mkdir()
    ids = np.zeros((20, 30), np.uint16)
    ids[2:9, 4:12], ids[10:18, 20:28] = 7, 26001
    cv2.imwrite(str(tmp_path / "labels" / "a.png"), (ids > 0).astype(np.uint8))
    cv2.imwrite(str(tmp_path / "instances" / "a.png"), ids)
    return dict(
        seg_map_path=str(tmp_path / "labels" / "a.png"),
        img_path="a.jpg",
        img=np.zeros((20, 30, 3), np.uint8),
        img_shape=(20, 30),
        seg_fields=[],
        reduce_zero_label=False,
        label_map=None,
    )


def load(entry):
    return LoadInstanceMap(replace={"labels/": "instances/"})(LoadSegAnnotations()(entry))


def test_ids_above_16_bit_signed_survive(entry):
    ids = load(entry)["gt_instance_map"]
    assert np.unique(ids).tolist() == [0, 7, 26001] and ids.dtype == np.int32


def test_geometry_follows_the_label_map(entry):
    results = load(entry)
    np.random.seed(0)
    for step in (Resize(scale=(67, 45), keep_ratio=False), RandomFlip(prob=1.0), RandomCrop((32, 40))):
        results = step(results)
    assert results["gt_instance_map"].shape == (32, 40)
    assert np.array_equal(results["gt_instance_map"] > 0, results["gt_seg_map"] == 1)
    assert set(np.unique(results["gt_instance_map"])) <= {0, 7, 26001}


def test_faults_are_named(entry, tmp_path):
    with pytest.raises(ValueError, match="changes nothing"):
        LoadInstanceMap(replace={"masks": "instances"})(LoadSegAnnotations()(dict(entry)))
    cv2.imwrite(str(tmp_path / "instances" / "a.png"), np.zeros((4, 4), np.uint16))
    with pytest.raises(ValueError, match=r"a\.png is \(4, 4\)"):
        load(dict(entry, seg_fields=[]))
    (tmp_path / "instances" / "a.png").unlink()
    with pytest.raises(FileNotFoundError, match="instance map"):
        load(dict(entry, seg_fields=[]))


def test_without_a_label_map_the_entry_passes():
    assert LoadInstanceMap(replace={"a": "b"})(dict(img_path="a.jpg")) == dict(img_path="a.jpg")
