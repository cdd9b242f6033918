import pytest

from seg_plugins.datasets.mask_suffixes import guess_mask_suffix, guess_suffixes


def test_guesses():
    assert guess_mask_suffix(["d/a.jpg", "d/b.png"], ["d/a.png", "d/b.png"]) == ".png"
    assert guess_mask_suffix(["1.jpg", "12.jpg"], ["1_gt.tif", "12_gt.tif"]) == "_gt.tif"


def test_endings_may_be_mixed_and_of_any_case():
    assert guess_mask_suffix(["a.JPG", "b.jpg"], ["a.PNG", "b.png"]) == ".png"
    images = [f"{i:03}.jpg" for i in range(200)]
    masks = [f"{i:03}_mask.{'Tif' if i == 77 else 'png'}" for i in range(200)]
    assert guess_mask_suffix(images, masks) == ("_mask.png", "_mask.tif")
    assert guess_suffixes(["1_sat.jpg"], ["1_mask.png"]) == (("_sat.jpg",), "_mask.png")


def test_images_among_their_masks_are_no_masks():
    names = ["a.jpg", "b.bmp", "a.png", "b.png"]
    assert guess_mask_suffix(["a.jpg", "b.bmp"], names, one_folder=True) == ".png"
    names = ["a.jpg", "b.png", "a_mask.png", "b_mask.tif"]
    assert guess_mask_suffix(names, names, one_folder=True) == ("_mask.png", "_mask.tif")


def test_several_masks_of_one_image_are_refused():
    with pytest.raises(ValueError, match="several masks each"):
        guess_mask_suffix(["a.jpg"], ["a_1.png", "a_2.png"])
    assert guess_mask_suffix(["a.jpg", "b.jpg"], ["a.png", "a.jpg", "b.jpg"]) == ".jpg"
