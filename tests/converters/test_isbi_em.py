import numpy as np
import pytest
from PIL import Image

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.isbi_em import find
from tests.converters.base import convert, load, read_label, write_image, write_mask


def slices(count):
    rng = np.random.default_rng(0)
    return [rng.integers(0, 2, (16, 20), np.uint8) * 255 for _ in range(count)]


def save_stack(path, pages):
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *rest = [Image.fromarray(page) for page in pages]
    first.save(path, save_all=True, append_images=rest)


@pytest.mark.parametrize("folders", [("images", "labels"), ("train/image", "train/label")])
def test_single_slices(tmp_path, folders):
    for i, page in enumerate(slices(6)):
        write_image(tmp_path / "s" / folders[0] / f"{i}.png", (16, 20), i)
        write_mask(tmp_path / "s" / folders[1] / f"{i}.png", page)
    check(tmp_path, "4", "0")


@pytest.mark.parametrize(
    "names", [("train-volume.tif", "train-labels.tif"), ("train/image/volume.tif", "train/label/labels.tif")]
)
def test_stacks(tmp_path, names):
    save_stack(tmp_path / "s" / names[0], slices(6))
    save_stack(tmp_path / "s" / names[1], slices(6))
    check(tmp_path, "04", "00")
    (tmp_path / "s" / names[1]).unlink()
    save_stack(tmp_path / "s" / names[1], slices(5))
    with pytest.raises(SourceError, match=r"has 6 slices, .* has 5"):
        find(tmp_path / "s")


def check(tmp_path, val, train):
    record = convert("isbi-em", tmp_path / "s", tmp_path / "out")
    assert record["images"] == {"train": 5, "val": 1}
    assert np.array_equal(read_label(tmp_path / "out", "val", val), slices(6)[4] // 255)
    assert np.array_equal(read_label(tmp_path / "out", "train", train), slices(6)[0] // 255)
    assert load("ISBIEMDataset", tmp_path / "out", "val")[0]["img"].shape == (16, 20, 3)
