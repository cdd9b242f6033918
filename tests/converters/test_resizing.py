from pathlib import Path

import numpy as np
import pytest

from seg_plugins.converters.faults import OTHER_SHAPE, OTHER_SIZE
from seg_plugins.converters.resizing import same_shape, size_fault, write_resized
from seg_plugins.datasets.mask_code import MaskCode
from seg_plugins.transforms.load_seg_annotations import decode_label
from tests.converters.base import write_image, write_mask

MASK = np.repeat(np.array([[0, 7]], np.uint8), 10, axis=0).repeat(10, axis=1)  # (10, 20)


@pytest.mark.parametrize(
    "size, other, same",
    [
        ((408, 612), (500, 750), True),
        ((71, 100), (159, 225), True),
        ((640, 480), (480, 640), False),
        ((300, 300), (400, 300), False),
    ],
)
def test_shapes_up_to_rounding(size, other, same):
    assert same_shape(size, other) is same is same_shape(other, size)


def test_masks_are_resized_on_demand_and_never_distorted():
    compare = lambda size, resize: size_fault(MASK, Path("m"), size, Path("i"), resize)  # noqa: E731
    assert compare((10, 20), False)[1] is None
    assert compare((20, 40), False)[1].kind == OTHER_SIZE
    assert compare((20, 10), True)[1].kind == OTHER_SHAPE
    resized, fault = compare((20, 40), True)
    assert fault is None and np.array_equal(resized, MASK.repeat(2, axis=0).repeat(2, axis=1))


def test_all_masks_are_written_as_ids_in_the_sizes_of_their_images(tmp_path):
    images, masks = [], []
    for i, factor in enumerate((1, 3)):
        images.append(tmp_path / f"i/{i}.png")
        masks.append(tmp_path / f"m/{i}.png")
        write_image(images[-1], (10 * factor, 20 * factor, 3), i)
        write_mask(masks[-1], MASK)
    write_resized(images, masks, ["0", "x/1"], MaskCode.make("ab", [0, 7], ()), tmp_path)
    labels = [decode_label((tmp_path / f"labels/{stem}.png").read_bytes(), stem) for stem in ("0", "x/1")]
    assert np.array_equal(labels[0], MASK // 7)
    assert np.array_equal(labels[1], (MASK // 7).repeat(3, axis=0).repeat(3, axis=1))
