from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from PIL import Image

from seg_plugins.hooks.label_map_hook import LabelMapHook, names_of_images


class Images(list):
    """Entries of a data set, below a folder of images."""

    data_prefix = dict(img_path="data/images")

    def get_data_info(self, index):
        return {"img_path": self[index]}


def test_names_keep_the_folders_below_the_images():
    images = Images(["data/images/a/x.png", "data/images/b/x.png", "data/images/b/x.jpg", "elsewhere/y.png"])
    names = names_of_images(images)
    assert list(names.values()) == ["a/x", "b/x", "b/x_jpg", "y"] and list(names) == images


def test_data_sets_one_after_another_share_no_name():
    one, two = Images(["data/images/x.png"]), Images(["more/x.png"])
    two.data_prefix = dict(img_path="more")
    assert list(names_of_images(SimpleNamespace(datasets=[one, two])).values()) == ["x", "x_png"]


def runner_of(images, classes):
    images.metainfo = {"classes": [str(i) for i in range(classes)]}
    return SimpleNamespace(test_dataloader=SimpleNamespace(dataset=images))


def sample(path, ids, **meta):
    data = PixelData(data=torch.tensor([ids]))
    return SegDataSample(pred_sem_seg=data, metainfo=dict(img_path=path, **meta))


def test_maps_hold_the_ids_of_label_files(tmp_path):
    images = Images(["data/images/a/x.png", "data/images/b/x.png"])
    hook, runner = LabelMapHook(str(tmp_path)), runner_of(images, 300)
    hook.before_test(runner)
    outputs = [sample(images[0], [[0, 299]]), sample(images[1], [[0, 299]], reduce_zero_label=True)]
    hook.after_test_iter(runner, 0, None, outputs)
    maps = [np.asarray(Image.open(tmp_path / name / "x.png")).tolist() for name in "ab"]
    assert maps == [[[0, 299]], [[1, 300]]]


def test_a_model_without_maps_is_named(tmp_path):
    hook, runner = LabelMapHook(str(tmp_path)), runner_of(Images(["data/images/x.png"]), 2)
    hook.before_test(runner)
    for output in (SegDataSample(), torch.zeros(3)):
        with pytest.raises(ValueError, match="predicts no class maps"):
            hook.after_test_iter(runner, 0, None, [output])
