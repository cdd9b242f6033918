import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmseg.registry import TRANSFORMS
from PIL import Image

from seg_plugins.models.image_pipeline import ImagePipeline, find_test_pipeline, source_of, steps_for_files
from tests.models.base import config_for, network_for, pixels_of, write_image

LOAD, PACK = dict(type="LoadSegImage"), dict(type="PackSegInputs")
RGB = pixels_of(np.uint8, 3, (20, 30))


def named(steps):
    return [named(s) if isinstance(s, list) else s["type"] for s in steps]


def test_what_loads_labels_is_left_out_of_views_too():
    labels = ("LoadAnnotations", "LoadSegAnnotations", "LoadInstanceMap")
    steps = [
        LOAD,
        *(dict(type=name) for name in labels),
        dict(type="TestTimeAug", transforms=[[LOAD], [PACK]]),
    ]
    assert named(steps_for_files(steps)) == ["LoadSegImage", "TestTimeAug"]
    cfg = config_for(network_for(3))
    (_, views) = steps_for_files(cfg.tta_pipeline)
    assert named(views["transforms"]) == [["Resize"] * 2, ["RandomFlip"] * 2, ["PackSegInputs"]]
    assert len(cfg.tta_pipeline[1]["transforms"]) == 4  # the config's own is as it was


@pytest.mark.parametrize("kind", ["packed", "repeated", "joined", "plain"])
def test_the_files_inside_of_other_data_sets_are_found(kind):
    files = dict(type="BaseSegDataset", pipeline=[LOAD, PACK])
    outer = {
        "packed": dict(type="PackedSegDataset", dataset=files),
        "repeated": dict(type="RepeatDataset", times=2, dataset=files),
        "joined": dict(type="ConcatDataset", datasets=[files, files]),
        "plain": files,
    }[kind]
    assert source_of(outer) == files
    cfg = Config(dict(test_dataloader=dict(dataset=outer)))
    assert named(find_test_pipeline(cfg)) == ["LoadSegImage", "PackSegInputs"]


def test_without_a_test_there_is_validation_or_plain_loading():
    steps = [LOAD, dict(type="Resize", scale=(9, 9)), PACK]
    validated = Config(dict(test_dataloader=None, val_dataloader=dict(dataset=dict(pipeline=steps))))
    assert len(find_test_pipeline(validated)) == 3
    assert named(find_test_pipeline(Config({}))) == ["LoadSegImage", "PackSegInputs"]


def test_a_pipeline_that_loads_no_file_is_refused():
    with pytest.raises(ValueError, match="begins with Resize, which loads no image from a file"):
        ImagePipeline([dict(type="Resize", scale=(9, 9)), PACK])


def test_one_view_or_several(tmp_path):
    path = write_image(tmp_path / "x.png", RGB)
    cfg = config_for(network_for(3))
    plain, augmented = ImagePipeline(find_test_pipeline(cfg)), ImagePipeline(cfg.tta_pipeline)
    ((pixels, sample),) = plain.views(plain.read(path))
    assert pixels.dtype == torch.uint8 and sample.ori_shape == (20, 30) and not plain.has_views
    views = augmented.views(augmented.read(path))
    assert augmented.has_views and [v[1].flip for v in views] == [False, True] * 2
    assert [tuple(v[0].shape[1:]) for v in views] == [(15, 23)] * 2 + [(20, 30)] * 2
    assert (plain.read(path).shown() == RGB).all()


@pytest.mark.parametrize("loader", ["LoadSegImage", "LoadImageFromFile"])
@pytest.mark.parametrize(
    "data, reason", [(b"", "empty"), (b"hello, world", "cannot be decoded"), (None, "truncated")]
)
def test_refusals_name_file_and_reason(loader, data, reason, tmp_path):
    path = write_image(tmp_path / "bad.png", RGB)
    path.write_bytes(path.read_bytes()[:-900] if data is None else data)
    with pytest.raises(ValueError, match=rf"^image \S+bad\.png .*{reason}"):
        ImagePipeline([dict(type=loader), PACK]).read(path)
    with pytest.raises(FileNotFoundError, match=r"no\.png: there is no such file"):
        ImagePipeline([LOAD, PACK]).read(tmp_path / "no.png")


class ReadText:
    """A loader of one's own: numbers in a text file."""

    def __call__(self, results):
        results["img"] = np.loadtxt(results["img_path"], dtype=np.float32)
        results["img_shape"] = results["ori_shape"] = results["img"].shape
        return results


def test_a_loader_of_ones_own_is_used(tmp_path, monkeypatch):
    monkeypatch.setitem(TRANSFORMS.module_dict, "ReadText", ReadText)
    pipeline = ImagePipeline([dict(type="ReadText"), PACK])
    np.savetxt(tmp_path / "x.txt", [[1.5, -2.0], [0.0, 9.0]])
    image = pipeline.read(tmp_path / "x.txt")
    assert image.tensor().tolist() == [[[1.5, -2.0], [0.0, 9.0]]]
    assert pipeline.take(np.array([[1.5, -2.0]])).pixels.shape == (1, 2, 1)


def test_missing_numbers_are_no_data():
    pipeline = ImagePipeline([LOAD | dict(color_type="unchanged"), PACK])
    values = np.ones((2, 3, 2), np.float32)
    assert pipeline.take(values).valid() is None
    values[0, 0] = np.nan, np.inf
    values[0, 1, 0] = np.nan  # the other channel has data
    assert (~pipeline.take(values).valid()).nonzero() == ([0], [0])


def test_thin_images_keep_a_pixel_where_a_resize_would_leave_none():
    pipeline = ImagePipeline([LOAD, dict(type="Resize", scale=(64, 48), keep_ratio=True), PACK])
    ((pixels, _),) = pipeline.views(pipeline.take(np.zeros((1, 500, 3), np.uint8)))
    assert pixels.shape == (3, 1, 64)


def test_pictures_above_pillows_limit_are_loaded(tmp_path, monkeypatch):
    path = write_image(tmp_path / "x.png", RGB)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert ImagePipeline([LOAD, PACK]).read(path).size == (20, 30)
