import cv2
import numpy as np

from seg_plugins.converters import CONVERTERS
from seg_plugins.converters.synth_streets import list_scenes
from seg_plugins.converters.writing import prepare
from tests.converters.base import load


def test_scenes_with_instances_are_written(tmp_path):
    entries = list_scenes(dict(train=2, val=1), (32, 48), seed=3)
    record = prepare(CONVERTERS["synth-streets"], entries, tmp_path / "out")
    assert record["images"] == dict(train=2, val=1)
    instances = cv2.imread(str(tmp_path / "out/instances/val/00000.png"), cv2.IMREAD_UNCHANGED)
    assert instances.shape == (32, 48) and instances.dtype == np.uint16
    assert load("SynthStreetsDataset", tmp_path / "out", "train")[1]["img"].shape == (32, 48, 3)


def test_splits_differ_and_a_small_set_is_the_start_of_a_large_one():
    small, large = list_scenes(dict(train=1, val=1), (32, 48)), list_scenes(dict(train=4, val=2), (32, 48))
    made = {(e.split, e.stem): e.make().image for e in large}
    for entry in small:
        assert np.array_equal(entry.make().image, made[entry.split, entry.stem])
    assert not np.array_equal(made["train", "00000"], made["val", "00000"])
