import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image, UnidentifiedImageError

from seg_plugins.datasets.folder_seg_dataset import picture_size
from seg_plugins.datasets.label_check import open_label
from seg_plugins.datasets.mask_file import read_mask
from seg_plugins.files.pictures import FORMATS, open_picture
from seg_plugins.models import ImagePipeline
from seg_plugins.transforms import load_seg_image

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n(%s) run\n%%EOF\n"


@pytest.mark.parametrize("kind", ["BMP", "GIF", "JPEG", "PNG", "PPM", "TGA", "TIFF", "WEBP"])
def test_pictures_are_opened_by_their_content(kind, tmp_path):
    path = tmp_path / "picture.dat"
    Image.fromarray(np.zeros((4, 6, 3), np.uint8)).save(path, kind)
    assert kind in FORMATS
    with open_picture(path) as a, open_picture(io.BytesIO(path.read_bytes())) as b:
        assert a.size == b.size == (6, 4) and a.format == kind


def test_no_program_is_started(tmp_path, monkeypatch):
    """A PostScript file under another name would be handed to Ghostscript."""
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *args, **kwargs: pytest.fail("it was run"))
    path = tmp_path / "mask.png"
    path.write_bytes(EPS)
    with Image.open(path) as picture:
        assert picture.format == "EPS"  # what Pillow makes of it by itself
    for read in (
        open_picture,
        open_label,
        picture_size,
        lambda p: read_mask(p.read_bytes(), p),
        ImagePipeline([dict(type="LoadSegImage"), dict(type="PackSegInputs")]).read,
        lambda p: load_seg_image.decode_image(p.read_bytes(), p, backend="pillow"),
    ):
        with pytest.raises((ValueError, UnidentifiedImageError)):
            read(path)


def test_nothing_else_in_the_package_opens_pictures_of_others():
    """`Image.open`, which tries every format of Pillow, is called nowhere else."""
    root = Path(__file__).parents[2] / "seg_plugins"
    lines = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in root.rglob("*.py")
        for line in path.read_text().splitlines()
        if "Image.open(" in line and "formats=" not in line
    ]
    assert lines == []


def test_pillows_limit_of_pixels_does_not_count(tmp_path, monkeypatch):
    Image.fromarray(np.zeros((4, 6), np.uint8)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with open_picture(tmp_path / "a.png") as picture, open_picture(picture.filename, ["PNG"]) as again:
            assert picture.size == again.size == (6, 4)
    assert Image.MAX_IMAGE_PIXELS == 10
