import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.faults import FaultsError
from seg_plugins.converters.measuring import look_at_all, summed_up
from seg_plugins.datasets.mask_code import MaskCode
from tests.files.test_no_data import PLACE

CODE = MaskCode.make("ab", None, (255,))
MASK = np.repeat(np.array([[0], [1]], np.uint8), 8, axis=1).repeat(3, axis=0)  # (6, 8)
RNG = np.random.default_rng(0)


def measure(images, masks, code=CODE, **options):
    seen, faults = look_at_all(images, masks, code, **options)
    if faults:
        raise FaultsError(faults)
    return summed_up(seen)


def run(tmp_path, images, masks=None, **options):
    paths = []
    for i, image in enumerate(images):
        paths.append(tmp_path / f"{i}.tif")
        tifffile.imwrite(paths[-1], image, **options)
        cv2.imwrite(str(tmp_path / f"{i}.png"), MASK if masks is None else masks[i])
    return measure(paths, [path.with_suffix(".png") for path in paths])


def test_missing_values_are_in_no_figure(tmp_path):
    images = RNG.random((2, 6, 8)).astype(np.float32)
    whole = images.copy()
    images[0, 0, :5], images[1, 5, 0] = np.nan, np.inf
    found = run(tmp_path, images)
    mean, std = found.statistics(np.array([True, True]))
    there = whole[np.isfinite(images)]
    assert np.allclose(mean, there.mean()) and np.allclose(std, there.std()) and found.raw
    assert found.pixels.tolist() == [[19, 24], [24, 23]] and found.missing == pytest.approx(6 / 96)
    assert r"2 images" in found.notes[0] and "6.25%" in found.notes[0]


def test_one_channel_may_be_missing(tmp_path):
    image = RNG.random((2, 6, 8)).astype(np.float32)
    image[0, 0] = np.nan
    options = dict(photometric="minisblack", planarconfig="separate")
    found = run(tmp_path, [image], **options)
    assert found.pixels.tolist() == [[24, 24]] and found.sums[0].count.tolist() == [40, 48]
    image[0] = np.nan
    with pytest.raises(SourceError, match="channel 1 holds no data in any of the 1 training images"):
        run(tmp_path, [image], **options).statistics(np.array([True]))


@pytest.mark.parametrize("band, channels", [(np.uint8([[7, 200]]), 4), (np.uint8([[0, 255]]), 3)])
def test_a_fourth_band_is_kept_and_transparency_is_not(tmp_path, band, channels):
    image = RNG.integers(1, 255, (6, 8, 4), np.uint8)
    image[..., 3] = np.resize(band, (6, 8))
    found = run(tmp_path, [image], photometric="rgb", extrasamples=[2], extratags=[PLACE])
    mean, _ = found.statistics(np.array([True]))
    shown = image.reshape(-1, 4) if channels == 4 else image[image[..., 3] > 0]
    assert (
        len(mean) == channels
        and np.allclose(mean, shown.mean(axis=0)[:channels])
        and found.raw == (channels == 4)
    )


def test_kinds_that_differ_are_named(tmp_path):
    with pytest.raises(
        ValueError, match=r"1\.tif has 1 channels of float32, others, such as .*0\.tif, 1 of uint16"
    ):
        run(tmp_path, [np.zeros((6, 8), np.uint16), np.zeros((6, 8), np.float32)])


def test_masks_that_ignore_everything(tmp_path):
    images = np.zeros((2, 6, 8), np.uint8)
    found = run(tmp_path, images, [MASK, np.full_like(MASK, 255)])
    assert "1 masks ignore every pixel, such as that of" in found.notes[0] and "1.tif" in found.notes[0]
    with pytest.raises(SourceError, match="no pixel of the 1 masks"):
        run(tmp_path, images[:1], [np.full_like(MASK, 255)])


def test_turned_images_with_masks_of_fitting_size_are_mentioned(tmp_path):
    exif = Image.Exif()
    exif[274] = 3  # upside down: the size says nothing
    Image.fromarray(np.zeros((6, 8, 3), np.uint8)).save(tmp_path / "a.jpg", exif=exif)
    Image.fromarray(MASK).save(tmp_path / "a.png")
    Image.fromarray(MASK).save(tmp_path / "b.png", exif=exif)
    notes = measure([tmp_path / "a.jpg"], [tmp_path / "a.png"]).notes
    assert "rotated or mirrored by their EXIF orientation" in notes[0]
    assert measure([tmp_path / "a.jpg"], [tmp_path / "b.png"]).notes == []


def test_channels_are_red_green_blue_whatever_the_format(tmp_path):
    colour = np.zeros((6, 8, 3), np.uint8) + np.uint8([10, 20, 30])
    Image.fromarray(MASK).save(tmp_path / "m.png")
    for kind in ("png", "tif", "bmp", "gif"):
        for mode in ("RGB", "RGBA") if kind in ("png", "tif") else ("RGB",):
            Image.fromarray(colour).convert(mode).save(tmp_path / f"a.{kind}")
            found = measure([tmp_path / f"a.{kind}"], [tmp_path / "m.png"])
            assert found.statistics(np.array([True]))[0] == [10, 20, 30], (kind, mode)
