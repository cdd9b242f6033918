"""Tests of unlabelled images beside labelled ones."""

import shutil

import cv2
import numpy as np
import pytest

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.faults import FaultsError
from seg_plugins.converters.unlabelled import find_unlabelled


def write(path, seed, channels=3):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.random.default_rng(seed).integers(0, 255, (8, 9, channels), np.uint8))
    return path


@pytest.fixture
def labelled(tmp_path):
    """Two training images and one for validation."""
    paths = [write(tmp_path / f"photos/{i}.png", i) for i in range(3)]
    return paths[:2], paths[2:]


def test_labelled_images_and_masks_of_the_same_folder_are_left_out(labelled, tmp_path):
    masks = [write(tmp_path / f"photos/{i}_mask.png", 50 + i) for i in range(3)]
    write(tmp_path / "photos/more/9.PNG", 9)
    write(tmp_path / "photos/out/8.png", 8)
    found = find_unlabelled(tmp_path / "photos", *labelled, masks, [tmp_path / "photos/out"])
    assert found.stems == ("more/9",) and found.endings == (".PNG",)
    assert "6 images of" in found.notes[0]


def test_copies_of_training_images_are_left_out(labelled, tmp_path):
    write(tmp_path / "others/new.png", 77)
    shutil.copy(labelled[0][0], tmp_path / "others/copy.png")
    assert find_unlabelled(tmp_path / "others", *labelled).stems == ("new",)


def test_copies_of_validation_images_are_refused(labelled, tmp_path):
    write(tmp_path / "others/new.png", 77)
    shutil.copy(labelled[1][0], tmp_path / "others/copy.png")
    with pytest.raises(SourceError, match=r"1 of 2 unlabelled images are copies .*others/copy\.png of"):
        find_unlabelled(tmp_path / "others", *labelled)


def test_a_folder_without_unlabelled_images_is_refused(labelled, tmp_path):
    with pytest.raises(SourceError, match="all of its 3 images have a mask"):
        find_unlabelled(tmp_path / "photos", *labelled)
    with pytest.raises(SourceError, match="of the unlabelled images does not exist"):
        find_unlabelled(tmp_path / "nowhere", *labelled)


def test_faulty_images_are_all_named(labelled, tmp_path):
    write(tmp_path / "others/fine.png", 70)
    (tmp_path / "others/broken.png").write_bytes(b"no image")
    write(tmp_path / "others/grey.png", 71, 1)
    with pytest.raises(FaultsError) as raised:
        find_unlabelled(tmp_path / "others", *labelled, channels=3)
    words = "\n".join(fault.message for fault in raised.value.faults)
    assert "broken.png" in words and "grey.png has 1 channels, labelled images have 3" in words
    (tmp_path / "others/broken.png").unlink()
    assert find_unlabelled(tmp_path / "others", *labelled).stems == ("fine", "grey")
