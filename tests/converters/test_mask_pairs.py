import unicodedata

import pytest

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.faults import FaultsError
from seg_plugins.converters.mask_pairs import own_images, pair_masks
from tests.files.test_file_names import touch


def pair(root, images, masks, **options):
    touch(root, *images, *masks)
    folders = [root / next(iter(names)).split("/")[0] for names in (images, masks)]
    return pair_masks(*folders, own_images(folders[0], [folders[1]]), **options)


def test_capitals_and_forms_of_letters_do_not_count(tmp_path):
    composed, decomposed = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))
    images = ["i/a.JPG", f"i/{composed}.jpg", "i/x .Jpeg"]
    found = pair(tmp_path, images, ["m/a.png", f"m/{decomposed}.PNG", "m/x .png", "m/._a.png", "m/Thumbs.db"])
    assert found.masks == {"a": "a.png", composed: f"{decomposed}.PNG", "x ": "x .png"}
    assert found.endings == (".jpeg", ".jpg") and found.suffix.lower() == ".png"


@pytest.mark.parametrize(
    "images, masks, suffix",
    [
        (["d/1.png", "d/2.png"], ["d/1_mask.png", "d/2_mask.png"], "_mask.png"),
        (["d/1.jpg", "d/2.jpg"], ["d/1.png", "d/2.png"], ".png"),
        (["d/1.png", "d/2.png"], ["d/1_mask.gif", "d/2_mask.gif"], "_mask.gif"),
        (["d/a (1).png", "d/a (10).png"], ["d/a (1)_mask.png", "d/a (10)_mask.png"], "_mask.png"),
    ],
)
def test_images_and_masks_in_one_folder(tmp_path, images, masks, suffix):
    found = pair(tmp_path, images, masks)
    assert sorted(found.names.values()) == [name[2:] for name in images]
    assert sorted(found.masks.values()) == [name[2:] for name in masks] and found.suffix == suffix


@pytest.mark.parametrize("folders", ["dd", "im"])
def test_both_may_have_a_mark(tmp_path, folders):
    names = [
        [f"{folder}/{i}_{mark}" for i in "123"]
        for folder, mark in zip(folders, ("sat.jpg", "mask.png"), strict=True)
    ]
    found = pair(tmp_path, *names)
    assert found.endings == ("_sat.jpg",) and found.suffix == "_mask.png"
    assert found.stems == ["1", "2", "3"] and found.masks["1"] == "1_mask.png"
    if folders == "im":
        assert pair(tmp_path, [*names[0], "i/4.jpg"], names[1]).notes == [
            "1 images, such as 4.jpg, do not end in _sat.jpg: left out"
        ]


def test_a_second_set_of_masks_is_no_image(tmp_path):
    masks = ["d/1_a.png", "d/2_a.png"]
    touch(tmp_path, "d/1_b.png", "d/2_b.png")
    with pytest.raises(ValueError, match=r"'_b\.png' and '_a\.png': set seg_map_suffix \(--mask-suffix"):
        pair(tmp_path, ["d/1.jpg", "d/2.jpg"], masks)
    found = pair(tmp_path, ["d/1.jpg", "d/2.jpg"], masks, suffix="_a.png")
    assert found.names == {"1": "1.jpg", "2": "2.jpg"} and "2 files, such as 1_b.png" in found.notes[0]


def test_two_files_of_one_name_are_refused(tmp_path):
    found = pair(tmp_path, ["i/a.jpg", "i/a.png", "i/b.jpg"], ["m/a.png", "m/b.png", "m/b.PNG"])
    said = [fault.message for fault in found.faults]
    assert said == [
        f"images a.jpg and a.png in {tmp_path / 'i'} share their name",
        f"masks b.PNG and b.png in {tmp_path / 'm'} share their name",
    ]
    with pytest.raises(FaultsError, match=r"images c\.jpg and c\.png in"):
        pair(tmp_path, ["j/c.jpg", "j/c.png"], ["n/c.png"])


def test_equal_names_in_two_folders_are_two_images(tmp_path):
    found = pair(tmp_path, ["i/x/a.jpg", "i/y/a.jpg"], ["m/x/a.png", "m/y/a.png"])
    assert found.names == {"x/a": "x/a.jpg", "y/a": "y/a.jpg"}


def test_masks_below_the_images_are_no_images(tmp_path):
    touch(tmp_path, "d/a.jpg", "d/masks/a.png")
    assert own_images(tmp_path / "d", [tmp_path / "d/masks", None]) == ["a.jpg"]
    assert own_images(tmp_path / "d/masks", [tmp_path / "d"]) == ["a.png"]


def test_what_is_missing_is_named(tmp_path):
    touch(tmp_path, "i/a.jpg", "i/b.jpg", "m/a.png", "e/notes.txt")
    names = ["a.jpg", "b.jpg"]
    found = pair_masks(tmp_path / "i", tmp_path / "m", names)
    assert found.names == {"a": "a.jpg"} and f"{tmp_path / 'i/b.jpg'} has no mask" in found.faults[0].message
    found = pair_masks(tmp_path / "i", tmp_path / "m", names, skip_unlabelled=True)
    assert found.faults == [] and "images without a mask: 1" in found.notes[0]
    with pytest.raises(SourceError, match="none of the images does not exist"):
        own_images(tmp_path / "none", [])
    with pytest.raises(SourceError, match="none of the masks does not exist"):
        pair_masks(tmp_path / "i", tmp_path / "none", ["a.jpg"])
    with pytest.raises(SourceError, match="e holds no images"):
        own_images(tmp_path / "e", [])


@pytest.mark.parametrize(
    "images, masks, message",
    [
        (["a.jpg"], ["labels/a.png"], "masks lie deeper than images, in 'labels'"),
        (["x/a.jpg"], ["a.png"], "images lie deeper than masks, in 'x'"),
        (["a.jpg"], ["a.jp2"], "the folder of the masks holds no"),
        (["a.jpg"], ["mask_a.png"], "--mask-suffix"),
    ],
)
def test_a_way_to_pair_is_named(tmp_path, images, masks, message):
    touch(tmp_path, *(f"i/{name}" for name in images), *(f"m/{name}" for name in masks))
    with pytest.raises(ValueError, match=message):
        pair_masks(tmp_path / "i", tmp_path / "m", images)


def test_masks_of_several_endings_belong_to_one_set(tmp_path):
    names = [f"{i:03}" for i in range(60)]
    ends = {"007": ".tif", "021": ".PNG", "055": ".BMP"}
    masks = [f"m/{name}{ends.get(name, '.png')}" for name in names]
    found = pair(tmp_path, [f"i/{name}.jpg" for name in names], [*masks, "m/stray.png"])
    assert found.suffix == (".bmp", ".png", ".tif") and found.faults == [] and len(found.masks) == 60
    assert found.masks["021"] == "021.PNG" and "masks without an image: 1" in found.notes[0]


def test_previews_beside_masks_are_no_masks(tmp_path):
    masks = [f"m/{name}" for name in ("a.png", "a.jpg", "b.png", "b.jpg", "c.jpg")]
    found = pair(tmp_path, ["i/a.jpg", "i/b.jpg", "i/c.jpg"], masks, suffix=".png")
    assert found.suffix == ".png" and "c.jpg has another suffix" in found.faults[0].message
