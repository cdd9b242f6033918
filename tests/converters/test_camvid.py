import numpy as np
import pytest

from seg_plugins.converters.camvid import find
from seg_plugins.converters.converter import SourceError
from tests.converters.base import convert, load, read_label, write_image, write_mask

LAYOUTS = {
    "tutorial": ("{split}", "{split}annot", ".png", ("train", "val", "test")),
    "archive": ("CamVid/{split}", "CamVid/{split}annot", ".png", ("train", "val", "test")),
    "own": ("images/{split}", "labels/{split}", ".jpg", ("train", "val")),
}


def make_source(root, layout):
    images, masks, suffix, splits = LAYOUTS[layout]
    for split in splits:
        for i in range(2):
            write_image(root / images.format(split=split) / f"f{i}{suffix}", (18, 24, 3), i)
            mask = (np.arange(18 * 24).reshape(18, 24) % 12).astype(np.uint8)
            write_mask(root / masks.format(split=split) / f"f{i}.png", mask)
    return root


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path, layout):
    source, out = make_source(tmp_path / "source", layout), tmp_path / "out"
    record = convert("camvid", source, out)
    splits = LAYOUTS[layout][3]
    assert record["images"] == dict.fromkeys(splits, 2)
    for split in splits:
        label = read_label(out, split, "f0")
        assert set(np.unique(label)) == {*range(11), 255}
        assert np.count_nonzero(label == 255) == 18 * 24 // 12
        assert len(load("CamVidDataset", out, split)) == 2
    name = f"f0{LAYOUTS[layout][2]}"
    original = (source / LAYOUTS[layout][0].format(split="train") / name).read_bytes()
    copy = out / "images/train" / name
    assert copy.read_bytes() == original and not copy.is_symlink()


def test_image_without_mask_is_named(tmp_path):
    make_source(tmp_path, "own")
    (tmp_path / "labels/train/f1.png").unlink()
    with pytest.raises(SourceError, match=r"1 files without a partner.*f1\.jpg"):
        find(tmp_path)


def test_unknown_layout_says_what_is_wanted(tmp_path):
    with pytest.raises(SourceError, match="neither train and trainannot nor images/train"):
        find(tmp_path)
