"""Labels of predict.py are those of test.py, in every pixel, for every kind of image."""

import numpy as np
import pytest
import torch
from PIL import Image

from seg_plugins.commands.predict import main as predict
from seg_plugins.commands.test import main as run_test
from seg_plugins.inference import SegPredictor
from seg_plugins.models import load_model
from tests.models.base import config_for, labels_in_test, network_for, pixels_of, vary, write_image

BITS_8, BITS_16, FLOAT = np.uint8, np.uint16, np.float32
KINDS = [(kind, channels) for kind in (BITS_8, BITS_16, FLOAT) for channels in (1, 3, 4, 7)]
SLIDE = dict(mode="slide", crop_size=(24, 32), stride=(16, 20))
CRF = [dict(type="DenseCRF", iterations=2, colour_std=30.0, position_std=9.0)]
MORPHOLOGY = [dict(type="Morphology", operation="open", size=3)]


def formats_of(kind, channels):
    """The endings that can hold such pixels, and whether map coordinates are written."""
    found = [(".tif", False), (".tif", True)]
    if kind != FLOAT and channels < 7:
        found.append((".png", False))
    if kind == BITS_8 and channels in (1, 3):
        found += [(".bmp", False), (".jpg", False)]
    if kind == BITS_8 and channels in (3, 4):
        found.append((".webp", False))
    return found


def predictor_of(cfg, **options):
    predictor = SegPredictor(cfg.copy(), device="cpu", **options)
    vary(predictor.model, predictor.loaded.input_spec.channels)
    return predictor


def agree(cfg, predictor, path, tta=False):
    """The labels of both, which have to be equal and of more than one class."""
    wanted = labels_in_test(cfg, predictor.tester, path, tta)
    found = predictor(path).labels
    assert found.shape == wanted.shape and (found == wanted).all()
    assert len(np.unique(found)) > 1
    return found


@pytest.mark.parametrize("kind, channels", KINDS)
def test_unchanged_files_of_every_format_and_their_arrays(kind, channels, tmp_path):
    pytest.importorskip("rasterio")
    cfg = config_for(network_for(channels, kind), color_type="unchanged")
    predictor, pixels = predictor_of(cfg), pixels_of(kind, channels)
    formats = formats_of(kind, channels)
    assert formats
    for number, (ending, place) in enumerate(formats):
        found = agree(cfg, predictor, write_image(tmp_path / f"{number}{ending}", pixels, place))
        if ending in (".tif", ".png", ".bmp"):
            for same in (pixels, torch.from_numpy(pixels).permute(2, 0, 1)):
                assert (predictor(same).labels == found).all(), ending


@pytest.mark.parametrize("float32", [False, True])
@pytest.mark.parametrize("bgr_to_rgb", [False, True])
@pytest.mark.parametrize("color_type, channels", [("color", 3), ("grayscale", 1)])
def test_what_the_loader_makes_eight_bits_of(color_type, channels, bgr_to_rgb, float32, tmp_path):
    preprocessor = {"data_preprocessor.bgr_to_rgb": bgr_to_rgb}
    cfg = config_for(network_for(channels, **preprocessor), color_type=color_type, to_float32=float32)
    predictor = predictor_of(cfg)
    for number, (kind, own) in enumerate([(BITS_8, 1), (BITS_8, 3), (BITS_8, 4), (BITS_16, 1), (BITS_16, 3)]):
        pixels = pixels_of(kind, own) * (1 if kind == BITS_8 else 16)
        for ending in (".png", ".tif"):
            found = agree(cfg, predictor, write_image(tmp_path / f"{number}{ending}", pixels))
            assert (predictor(pixels).labels == found).all()
        if kind == BITS_8:
            assert (predictor(Image.open(tmp_path / f"{number}.png")).labels == found).all()


WAYS = {
    "windows": (dict(test_cfg=SLIDE), (), False),
    "smaller": ({}, [dict(type="Resize", scale=(40, 30), keep_ratio=True)], False),
    "larger windows": (dict(test_cfg=SLIDE), [dict(type="Resize", scale=(100, 90))], False),
    "mirrored": ({}, [dict(type="RandomFlip", prob=1.0, direction="vertical")], False),
    "views": ({}, (), True),
    "views of windows": (dict(test_cfg=SLIDE), (), True),
    "padded": ({"data_preprocessor.test_cfg": dict(size=(70, 90))}, (), False),
    "padded windows": (
        {"test_cfg": SLIDE, "data_preprocessor.test_cfg": dict(size_divisor=25)}, (), False,
    ),
    "steps": (dict(postprocess=CRF), (), False),
    "steps, smaller": (dict(postprocess=CRF), [dict(type="Resize", scale=(40, 30))], False),
    "steps, windows": (dict(postprocess=CRF, test_cfg=SLIDE), (), False),
    "steps, padded views": (
        {"postprocess": CRF, "data_preprocessor.test_cfg": dict(size_divisor=25)}, (), True,
    ),
    "one channel": (
        {"decode_head.num_classes": 2, "decode_head.out_channels": 1, "decode_head.threshold": 0.4},
        (), False,
    ),
    "one channel, steps, views": (
        {
            "decode_head.num_classes": 2, "decode_head.out_channels": 1, "decode_head.threshold": 0.5,
            "postprocess": MORPHOLOGY,
        },
        (), True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind, channels", [(BITS_8, 3), (BITS_16, 1), (FLOAT, 7)])
@pytest.mark.parametrize("way", WAYS)
def test_whatever_the_way(way, kind, channels, tmp_path):
    changes, steps, tta = WAYS[way]
    if channels == 7 and changes.get("postprocess") is CRF:
        changes = changes | dict(postprocess=MORPHOLOGY)
    cfg = config_for(network_for(channels, kind, **changes), steps, color_type="unchanged")
    predictor, pixels = predictor_of(cfg, tta=tta), pixels_of(kind, channels)
    found = agree(cfg, predictor, write_image(tmp_path / "image.tif", pixels), tta)
    assert (predictor(pixels).labels == found).all()


def test_upstreams_merging_of_views_is_taken_where_the_config_says_so(tmp_path):
    cfg = config_for(network_for(3))
    cfg.tta_model = dict(type="SegTTAModel")
    predictor = predictor_of(cfg, tta=True)
    assert predictor.own_predict and predictor.tester.module is predictor.model
    agree(cfg, predictor, write_image(tmp_path / "image.png", pixels_of(BITS_8, 3)), tta=True)


def test_steps_see_the_numbers_that_they_see_in_a_test(tmp_path):
    """Of 16 bits they are spread over 0..255 by the training images' statistics, and not cut off."""
    cfg = config_for(network_for(1, BITS_16, postprocess=MORPHOLOGY), color_type="unchanged")
    predictor, pixels, seen = predictor_of(cfg), pixels_of(BITS_16, 1), []
    predictor.model.postprocess[0].register_forward_pre_hook(lambda _, given: seen.append(given[0].image[0]))
    agree(cfg, predictor, write_image(tmp_path / "image.png", pixels))
    assert torch.equal(*seen) and seen[0].min() >= 0 and seen[0].max() <= 255
    mean, std = 4000 * 0.45, 4000 * 0.22
    wanted = ((pixels[..., 0] - mean) / (6 * std) + 0.5) * 255
    assert np.abs(seen[0][0].numpy() - wanted).max() < 0.1


@pytest.mark.parametrize("kind, channels", [(BITS_8, 3), (BITS_16, 1), (FLOAT, 7)])
def test_the_two_tools_end_to_end(kind, channels, tmp_path):
    """What `test.py --out` and `predict.py` write for the same folder, with windows, resizing and a step."""
    changes = dict(test_cfg=SLIDE, postprocess=MORPHOLOGY)
    steps = [dict(type="Resize", scale=(50, 40), keep_ratio=True)]
    cfg = config_for(network_for(channels, kind, **changes), steps, color_type="unchanged")
    images = tmp_path / "images"
    (tmp_path / "masks").mkdir()
    images.mkdir()
    for name, size in (("a", (48, 60)), ("b", (37, 33))):
        write_image(images / f"{name}.tif", pixels_of(kind, channels, size))
        Image.fromarray(np.zeros(size, np.uint8)).save(tmp_path / "masks" / f"{name}.png")
    cfg.merge_from_dict(
        dict(
            custom_imports=dict(imports=["seg_plugins.register"], allow_failed_imports=False),
            test_dataloader=dict(
                batch_size=1, num_workers=0, sampler=dict(type="DefaultSampler", shuffle=False),
                dataset=dict(
                    data_root=str(tmp_path), img_suffix=".tif", seg_map_suffix=".png", test_mode=True,
                    data_prefix=dict(img_path="images", seg_map_path="masks"),
                    metainfo=dict(classes=list("abcde")),
                ),
            ),
            test_cfg=dict(type="TestLoop"),
            test_evaluator=dict(type="ConfusionMetric", iou_metrics=["mIoU"]),
            default_hooks={},
        )
    )  # fmt: skip
    cfg.dump(tmp_path / "config.py")
    network = vary(load_model(cfg.copy(), device="cpu").network, channels)
    torch.save(dict(state_dict=network.state_dict(), meta={}), tmp_path / "weights.pth")
    both = [str(tmp_path / "config.py"), str(tmp_path / "weights.pth")]
    run_test([*both, "--work-dir", str(tmp_path / "work"), "--out", str(tmp_path / "tested")])
    out = tmp_path / "predicted"
    assert predict([*both, str(images), "--out", str(out), "--device", "cpu", "--outputs", "classes"]) == 0
    for name in "ab":
        tested, predicted = (
            np.asarray(Image.open(path))
            for path in (tmp_path / "tested" / f"{name}.png", out / f"{name}_classes.png")
        )
        assert (tested == predicted).all() and len(np.unique(tested)) > 1
