from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg_plugins.files.label_maps import file_ids, result_names, write_label_map


def test_every_path_gets_a_name_of_its_own():
    paths = ["x.png", "a/x.png", "a/x.jpg", "a/x_jpg.tif", "a/x.jpg"]
    names = result_names(map(Path, paths))
    assert names == ["x", "a/x", "a/x_jpg", "a/x_jpg_tif", "a/x_2"]


@pytest.mark.parametrize(
    "classes, reduced, dtype",
    [(2, False, "u1"), (256, False, "u1"), (257, False, "u2"), (255, True, "u1"), (256, True, "u2")],
)
def test_the_depth_is_that_of_the_classes(tmp_path, classes, reduced, dtype):
    """A map without a high id has the depth of the others."""
    labels = np.array([[0, 1], [classes - 1, 0]])
    for name, pixels in (("low", labels[:1]), ("all", labels)):
        write_label_map(tmp_path / f"{name}.png", pixels, classes, reduced)
        written = np.asarray(Image.open(tmp_path / f"{name}.png"))
        assert written.dtype == np.dtype(dtype) and np.array_equal(written, pixels + reduced)


def test_refused_pixels_keep_their_id_or_are_no_class():
    assert file_ids(np.array([[1, 255]]), 3).tolist() == [[1, 255]]
    assert file_ids(np.array([[1, 255]]), 3, reduce_zero_label=True).tolist() == [[2, 0]]
    assert file_ids(np.array([[1, 300]]), 3).dtype == np.uint16
