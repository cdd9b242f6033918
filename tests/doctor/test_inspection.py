import cv2
import numpy as np
import pytest

from seg_plugins.doctor.entries import read_splits
from seg_plugins.doctor.inspection import inspect_all
from tests.doctor.base import SIZE, config, make, scene


def inspect(cfg):
    found = inspect_all(read_splits(cfg))
    return found, [item for item in found if item.fault]


def test_measures_what_is_there(tmp_path):
    found, faulty = inspect(make(tmp_path))
    assert len(found) == 10 and faulty == []
    image, label = scene(0)
    assert found[0].counts[:3].tolist() == np.bincount(label.ravel()).tolist()
    assert found[0].size == SIZE and found[0].present.tolist() == [0, 1, 2]
    assert np.allclose(found[0].mean, image.reshape(-1, 3).mean(0))
    assert np.allclose(found[0].square, (image.reshape(-1, 3).astype(float) ** 2).mean(0))


def plant_truncated(root):
    path = root / "images" / "train" / "0001.png"
    path.write_bytes(path.read_bytes()[:300])


def plant_not_an_image(root):
    (root / "images" / "train" / "0001.png").write_text("hello")


def plant_broken_label(root):
    path = root / "labels" / "train" / "0001.png"
    path.write_bytes(path.read_bytes()[:60])


def plant_size(root):
    cv2.imwrite(str(root / "labels" / "train" / "0001.png"), np.zeros((10, 10), np.uint8))


def plant_id(root):
    cv2.imwrite(str(root / "labels" / "train" / "0001.png"), np.full(SIZE, 7, np.uint8))


def plant_colours(root):
    cv2.imwrite(str(root / "labels" / "train" / "0001.png"), np.zeros((*SIZE, 3), np.uint8))


def plant_16_bit(root):
    cv2.imwrite(str(root / "labels" / "train" / "0001.png"), np.zeros(SIZE, np.uint16))


@pytest.mark.parametrize(
    "plant, words",
    [
        (plant_truncated, "truncated"),
        (plant_not_an_image, "cannot be decoded"),
        (plant_broken_label, "decoded"),
        (plant_size, "10x10"),
        (plant_id, "id 7"),
        (plant_colours, "colours"),
        (plant_16_bit, "16"),
    ],
)
def test_every_fault_is_named_and_the_others_are_read(tmp_path, plant, words):
    cfg = make(tmp_path)
    plant(tmp_path)
    found, faulty = inspect(cfg)
    assert len(found) == 10 and len(faulty) == 1
    assert words in faulty[0].fault and "0001.png" in faulty[0].fault


def test_reduce_zero_label_is_honoured(tmp_path):
    make(tmp_path)
    cv2.imwrite(str(tmp_path / "labels" / "train" / "0000.png"), np.full(SIZE, 3, np.uint8))
    found, faulty = inspect(config(tmp_path, reduce_zero_label=True))
    assert faulty == [] and found[0].present.tolist() == [2]
    assert all(item.counts[255] == (scene(int(item.image[-8:-4]))[1] == 0).sum() for item in found[1:])
