"""Base tests of the augmentations: type and shape, the input's own pixels, and labels on their pixels."""

import cv2
import numpy as np
import pytest
from mmseg.registry import TRANSFORMS

SHAPES = [(48, 64), (48, 64, 1), (48, 64, 3), (48, 64, 7)]


def picture(shape=(48, 64, 3), dtype="uint8"):
    channels = int(np.prod(shape[2:]))
    rng = np.random.default_rng(0)
    image = cv2.GaussianBlur(rng.integers(0, 256, (*shape[:2], 3), np.uint8), (0, 0), 1.5)
    image = np.repeat(image.mean(axis=2)[..., None], channels, axis=2).reshape(shape).astype(dtype)
    image.flags.writeable = False
    return image


def block_labels(shape=(48, 64), block=16, classes=4):
    small = np.random.default_rng(3).integers(0, classes, (shape[0] // block, shape[1] // block))
    labels = np.kron(small, np.ones((block, block))).astype(np.uint8)
    labels.flags.writeable = False
    return labels


def apply(transform, image, labels, seed=0):
    np.random.seed(seed)
    results = dict(img=image, gt_seg_map=labels, seg_fields=["gt_seg_map"], img_shape=image.shape[:2])
    return transform(results)


class AugmentationTester:
    """Subclass with the registered name, and options under which it always does something."""

    name: str
    options: dict = {}
    dtypes = ("uint8", "float32")

    def make(self, **options):
        return TRANSFORMS.build(dict(type=self.name) | self.options | dict(prob=1.0) | options)

    @pytest.mark.parametrize("shape", SHAPES)
    def test_shape_and_type_stay_whatever_the_channels(self, shape):
        for dtype in self.dtypes:
            image = picture(shape, dtype)
            before = image.copy()
            out = apply(self.make(), image, block_labels())
            assert out["img"].shape == shape and out["img"].dtype == image.dtype
            assert not np.array_equal(out["img"], before)
            assert np.array_equal(image, before)
            assert np.isfinite(out["img"].astype(float)).all()

    def test_the_seed_decides(self):
        outs = [apply(self.make(), picture(), block_labels(), seed) for seed in (1, 1, 2)]
        assert np.array_equal(outs[0]["img"], outs[1]["img"])
        assert np.array_equal(outs[0]["gt_seg_map"], outs[1]["gt_seg_map"])
        assert not np.array_equal(outs[0]["img"], outs[2]["img"])

    def test_never(self):
        image = picture()
        assert apply(self.make(prob=0.0), image, block_labels())["img"] is image

    def test_as_often_as_asked(self):
        image = picture((16, 16, 3))
        labels = block_labels((16, 16))
        made = self.make(prob=0.3)
        changed = sum(apply(made, image, labels, seed)["img"] is not image for seed in range(300))
        assert 60 <= changed <= 120  # 90 +- 4 standard deviations


class PhotometricTester(AugmentationTester):
    """Labels stay as they are."""

    def test_labels_stay(self):
        labels = block_labels()
        for seed in range(5):
            assert np.array_equal(apply(self.make(), picture(), labels, seed)["gt_seg_map"], labels)

    def test_black_and_white_do_not_wrap_around(self):
        """Neighbouring pixels of a flat image stay near the ends of the scale, on their own side."""
        for value in (0, 255):
            image = np.full((48, 64, 3), value, np.uint8)
            out = apply(self.make(), image, block_labels())["img"].astype(int)
            assert np.abs(np.diff(out.mean(axis=2), axis=1)).max() < 200


class GeometricTester(AugmentationTester):
    """Labels move with their pixels."""

    def test_labels_move_with_their_pixels(self):
        labels = block_labels((192, 256), block=64)
        image = (labels[..., None] * 40 + 50).repeat(3, axis=2).astype(np.uint8)
        moved = 0
        for seed in range(10):
            out = apply(self.make(), image, labels, seed)
            inside = out["gt_seg_map"] != 255
            agrees = np.abs(out["img"][..., 1].astype(int) - (out["gt_seg_map"] * 40.0 + 50)) <= 20
            assert inside.mean() > 0.3 and agrees[inside].mean() > 0.97
            moved += (out["gt_seg_map"] != labels)[inside].mean() > 0.02
        assert moved >= 8

    def test_instances_move_too(self):
        labels = block_labels()
        np.random.seed(0)
        results = dict(img=picture(), gt_seg_map=labels, gt_instance_map=labels.astype(np.int32) + 1)
        out = self.make()(results | dict(seg_fields=["gt_seg_map", "gt_instance_map"]))
        inside = out["gt_seg_map"] != 255
        assert np.array_equal(out["gt_instance_map"][inside], out["gt_seg_map"][inside].astype(int) + 1)
        assert (out["gt_instance_map"][~inside] == 0).all()
