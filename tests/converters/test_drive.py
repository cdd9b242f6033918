import numpy as np
import pytest
from PIL import Image

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.drive import find
from tests.converters.base import convert, load, read_label


@pytest.fixture
def source(tmp_path):
    for folder, number in (("training", 21), ("test", 1)):
        for place in ("images", "1st_manual"):
            (tmp_path / "s" / folder / place).mkdir(parents=True)
        picture = np.zeros((6, 8, 3), np.uint8)
        picture[..., 0] = 200
        Image.fromarray(picture).save(tmp_path / f"s/{folder}/images/{number:02d}_{folder}.tif")
        mask = np.zeros((6, 8), np.uint8)
        mask[2] = 255
        Image.fromarray(mask).save(tmp_path / f"s/{folder}/1st_manual/{number:02d}_manual1.gif")
    return tmp_path / "s"


def test_tiff_and_gif(source, tmp_path):
    out = tmp_path / "out"
    assert convert("drive", source, out)["images"] == {"train": 1, "val": 1}
    assert read_label(out, "val", "01").sum() == 8 and read_label(out, "train", "21")[2].all()
    assert load("DriveSegDataset", out, "train")[0]["img"][0, 0].tolist() == [0, 0, 200]


def test_missing_test_masks_are_explained(source):
    next((source / "test/1st_manual").iterdir()).unlink()
    with pytest.raises(SourceError, match=r"01_test\.tif has no mask"):
        find(source)
    (source / "test/1st_manual").rmdir()
    with pytest.raises(SourceError, match="needed for validation"):
        find(source)
