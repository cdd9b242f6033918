import numpy as np
import pytest
import tifffile
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from seg_plugins.transforms import LoadSegImage
from seg_plugins.transforms.whole_image_backend import WholeImageBackend

NOISE = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_upstreams_loader_gives_the_same_and_refuses_what_is_truncated(kind, tmp_path):
    path = tmp_path / f"x.{kind}"
    Image.fromarray(NOISE).save(path)
    load = LoadImageFromFile(backend_args=dict(backend=WholeImageBackend.__name__))
    entry = dict(img_path=str(path))
    assert (load(dict(entry))["img"] == LoadSegImage()(dict(entry))["img"]).all()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=rf"x\.{kind} is truncated"):
        load(dict(entry))


def on_its_side(path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(NOISE).save(path, exif=exif, **({"quality": 90} if path.suffix == ".jpg" else {}))


def with_alpha(path):
    alpha = np.full((40, 50, 1), 77, np.uint8)
    tifffile.imwrite(path, np.concatenate([NOISE, alpha], 2), photometric="rgb", extrasamples=["unassalpha"])


def with_16_bits(path):
    tifffile.imwrite(path, NOISE.astype(np.uint16) * 257, photometric="rgb")


def animated(path):
    Image.fromarray(NOISE).quantize(32).save(path)


@pytest.mark.parametrize(
    "name, write",
    [
        ("x.png", on_its_side), ("x.jpg", on_its_side), ("x.webp", on_its_side), ("x.tif", on_its_side),
        ("x.tif", with_alpha), ("x.tif", with_16_bits), ("x.gif", animated),
    ],
)  # fmt: skip
def test_what_opencv_shows_otherwise_is_as_the_own_loader_shows_it(name, write, tmp_path):
    write(tmp_path / name)
    load = LoadImageFromFile(backend_args=dict(backend=WholeImageBackend.__name__))
    entry = dict(img_path=str(tmp_path / name))
    assert (load(dict(entry))["img"] == LoadSegImage()(dict(entry))["img"]).all()
