import cv2
import numpy as np
import pytest

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.magnetic_tile import DEFECTS, find
from tests.converters.base import convert, load, read_label, write_image, write_mask


@pytest.fixture
def source(tmp_path):
    for i, defect in enumerate(DEFECTS):
        for k in range(2):
            image = tmp_path / "s" / defect / "Imgs" / f"exp{k}.jpg"
            write_image(image, (20 + i, 30))
            mask = np.zeros((20 + i, 30), np.uint8)
            mask[5:, :10] = 200 if defect != "MT_Free" else 0
            write_mask(image.with_suffix(".png"), mask)
    return tmp_path / "s"


def test_class_is_the_folder_and_split_follows_the_path(source, tmp_path):
    out = tmp_path / "out"
    record = convert("magnetic-tile", source, out)
    assert record["images"] == {"train": 10, "val": 2}
    paths = sorted(p.relative_to(source).as_posix() for p in source.rglob("*.jpg"))
    val = {f"{p.split('/')[0]}_{p.split('/')[2][:-4]}" for i, p in enumerate(paths) if i % 5 == 4}
    assert {p.stem for p in (out / "labels/val").iterdir()} == val
    for entry in find(source):
        label = read_label(out, entry.split, entry.stem)
        class_id = DEFECTS[entry.stem.rsplit("_", 1)[0]]
        assert (label[5:, :10] == class_id).all() and not label[:5].any() and not label[:, 10:].any()
    assert len(load("MagneticTileDataset", out, "val")) == 2


def test_missing_mask_and_folder_are_named(source):
    (source / "MT_Crack/Imgs/exp0.png").unlink()
    with pytest.raises(SourceError, match=r"MT_Crack/Imgs/exp0\.jpg has no mask exp0\.png"):
        find(source)
    (source / "MT_Crack").rename(source / "Crack")
    with pytest.raises(SourceError, match="no folder MT_Crack/Imgs"):
        find(source)


def test_masks_are_grey_jpeg_like_levels(source, tmp_path):
    path = source / "MT_Fray/Imgs/exp0.png"
    mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    mask[0, 20:22] = (127, 128)
    write_mask(path, mask)
    convert("magnetic-tile", source, tmp_path / "out")
    (entry,) = (e for e in find(source) if e.stem == "MT_Fray_exp0")
    assert read_label(tmp_path / "out", entry.split, entry.stem)[0, 20:22].tolist() == [0, DEFECTS["MT_Fray"]]
