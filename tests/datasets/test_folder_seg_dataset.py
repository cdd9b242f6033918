import unicodedata

import cv2
import numpy as np
import pytest
import tifffile
from mmengine.logging import MMLogger
from mmseg.registry import DATASETS

from seg_plugins.datasets.folder_seg_dataset import image_names, picture_size
from seg_plugins.ops.painting import default_palette

PIPELINE = [dict(type="LoadSegImage"), dict(type="LoadSegAnnotations")]
UNCHANGED = [dict(type="LoadSegImage", color_type="unchanged"), dict(type="LoadSegAnnotations")]
MASK = np.repeat(np.array([[0], [1]], np.uint8), 8, axis=1).repeat(3, axis=0)  # (6, 8)


def write(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".tif":
        tifffile.imwrite(path, array, photometric="minisblack" if array.ndim == 2 else "rgb")
    else:
        cv2.imwrite(str(path), array)


def build(root, pipeline=PIPELINE, **more):
    config = dict(
        type="FolderSegDataset",
        classes=("off", "on"),
        data_root=str(root),
        data_prefix=dict(img_path="photos", seg_map_path="masks"),
        pipeline=pipeline,
    )
    return DATASETS.build(config | more)


@pytest.mark.parametrize(
    "mask, options",
    [
        (MASK, {}),
        (MASK * 255, dict(values=[0, 255])),
        (MASK.astype(np.uint16) * 3000, dict(values=[0, 3000])),
        (
            np.where(MASK[..., None], (0, 0, 255), (9, 0, 0)).astype(np.uint8),
            dict(values=["#000009", "#ff0000"]),
        ),
    ],
)
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_kinds_of_masks(tmp_path, mask, options, suffix):
    if suffix == ".tif" and mask.ndim == 3:
        mask = np.ascontiguousarray(mask[..., ::-1])
    write(tmp_path / "photos/a.jpg", np.zeros((6, 8, 3), np.uint8))
    write(tmp_path / f"masks/a_mask{suffix}", mask)
    item = build(tmp_path, **options)[0]
    assert np.array_equal(item["gt_seg_map"], MASK)


@pytest.mark.parametrize(
    "suffix, shape, dtype",
    [
        (".png", (6, 8), np.uint8), (".png", (6, 8), np.uint16), (".png", (6, 8, 3), np.uint16),
        (".tif", (6, 8, 7), np.uint8), (".tif", (6, 8, 5), np.uint16), (".tif", (6, 8), np.uint16),
        (".tif", (6, 8, 2), np.float32),
    ],
)  # fmt: skip
def test_kinds_of_images(tmp_path, suffix, shape, dtype):
    image = (np.random.default_rng(0).random(shape) * 250).astype(dtype)
    if suffix == ".tif" and len(shape) == 3:
        (tmp_path / "photos").mkdir()
        tifffile.imwrite(tmp_path / "photos/a.tif", image, photometric="minisblack", planarconfig="contig")
    else:
        write(tmp_path / f"photos/a{suffix}", image)
    write(tmp_path / "masks/a.png", MASK)
    pipeline = [
        *UNCHANGED,
        dict(type="RandomFlip", prob=1.0),
        dict(type="Resize", scale=(16, 12)),
        dict(type="PackSegInputs"),
    ]
    loaded = build(tmp_path, UNCHANGED)[0]["img"]
    assert np.array_equal(loaded.squeeze(), image) and loaded.dtype in (np.uint8, np.float32)
    inputs = build(tmp_path, pipeline)[0]["inputs"]
    assert inputs.shape == ((shape[2] if len(shape) == 3 else 1), 12, 16)


def test_what_was_resolved_is_said_once(tmp_path):
    write(tmp_path / "photos/a.jpg", np.zeros((6, 8, 3), np.uint8))
    write(tmp_path / "masks/a_mask.png", MASK * 255)
    logger = MMLogger.get_instance("folder-test", log_file=str(tmp_path / "log"))
    build(tmp_path, values=[0, 255]).full_init()
    build(tmp_path, values=[0, 255], test_mode=True)
    for handler in logger.handlers:
        handler.flush()
    said = (tmp_path / "log").read_text()
    assert said.count("'_mask.png' (guessed)") == 1 and said.count("255 in the file ->   1 on") == 1


def test_faulty_masks_are_named_at_the_start(tmp_path):
    write(tmp_path / "photos/a.jpg", np.zeros((6, 8, 3), np.uint8))
    write(tmp_path / "masks/a.png", MASK * 7)
    with pytest.raises(ValueError, match=r"masks/a\.png holds 7 \(24 px\): neither"):
        build(tmp_path)
    write(tmp_path / "masks/a.png", MASK[:4])
    with pytest.raises(ValueError, match=r"a\.png is 4x8 \(HxW\), its image .*a\.jpg is 6x8"):
        build(tmp_path)


def test_missing_folders_and_masks(tmp_path):
    write(tmp_path / "photos/a.jpg", np.zeros((6, 8, 3), np.uint8))
    with pytest.raises(FileNotFoundError, match="masks of the masks does not exist"):
        build(tmp_path)
    write(tmp_path / "masks/z.png", MASK)
    with pytest.raises(ValueError, match="no mask is named like an image"):
        build(tmp_path)
    write(tmp_path / "masks/a.png", MASK)
    write(tmp_path / "photos/b.jpg", np.zeros((6, 8, 3), np.uint8))
    with pytest.raises(FileNotFoundError, match="1 of 2 images have no label"):
        build(tmp_path)


def test_names_and_sizes(tmp_path):
    write(tmp_path / "x/b.PNG", MASK)
    write(tmp_path / "a.jpg", MASK)
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "c.tif").touch()
    assert image_names(tmp_path) == ["a.jpg", "c.tif", "x/b.PNG"]
    tifffile.imwrite(tmp_path / "c.tif", np.zeros((7, 6, 8), np.float64), photometric="minisblack")
    assert picture_size(tmp_path / "c.tif") == (6, 8) and picture_size(tmp_path / "a.jpg") == (6, 8)


def test_palette_comes_from_the_colours(tmp_path):
    write(tmp_path / "photos/a.jpg", np.zeros((6, 8, 3), np.uint8))
    write(tmp_path / "masks/a.png", np.where(MASK[..., None], (0, 0, 255), (0, 0, 0)).astype(np.uint8))
    dataset = build(tmp_path, values=["#000000", "#ff0000"], thing_classes=("on",))
    assert dataset.metainfo["palette"] == [[0, 0, 0], [255, 0, 0]] and dataset.metainfo["thing_classes"] == (
        "on",
    )


@pytest.mark.parametrize("option", [dict(reduce_zero_label=True), dict(ignore_index=0)])
def test_settings_that_would_change_nothing_are_refused(tmp_path, option):
    write(tmp_path / "photos/a.jpg", np.zeros((6, 8, 3), np.uint8))
    write(tmp_path / "masks/a.png", MASK)
    with pytest.raises(ValueError, match=r"FolderSegDataset\(\w+=\w+\) has no effect: list in `ignored`"):
        build(tmp_path, **option)
    assert len(build(tmp_path, reduce_zero_label=False, ignore_index=255)) == 1


def test_masks_of_0_and_255_are_no_ids(tmp_path):
    write(tmp_path / "photos/a.jpg", np.zeros((6, 8, 3), np.uint8))
    write(tmp_path / "masks/a.png", MASK * 255)
    with pytest.raises(ValueError, match=r"look like 0/255 masks\. Give FolderSegDataset\(values=\[0, 255\]"):
        build(tmp_path)
    assert len(build(tmp_path, values=[0, 255])) == 1


def test_names_of_every_system_and_lists_of_them(tmp_path):
    for stem in ("x .JPG", "sub/é.jpg", "c.jpeg"):
        write(tmp_path / "photos" / unicodedata.normalize("NFC", stem), np.zeros((6, 8, 3), np.uint8))
    for stem in ("x .png", "sub/é.PNG", "c.png"):
        write(tmp_path / "masks" / unicodedata.normalize("NFD", stem), MASK)
    assert len(build(tmp_path)) == 3
    (tmp_path / "l.txt").write_bytes(unicodedata.normalize("NFD", "x \r\nsub\\é\r\n").encode())
    names = [build(tmp_path, ann_file="l.txt")[i]["seg_map_path"] for i in range(2)]
    assert sorted(name.rpartition("masks/")[2] for name in names) == [
        unicodedata.normalize("NFD", "sub/é.PNG"), "x .png",
    ]  # fmt: skip


def test_images_of_one_name_are_refused_unless_a_list_leaves_them_out(tmp_path):
    for name in ("a.jpg", "a.png", "b.jpg"):
        write(tmp_path / "photos" / name, np.zeros((6, 8, 3), np.uint8))
    for name in "ab":
        write(tmp_path / f"masks/{name}.png", MASK)
    with pytest.raises(ValueError, match=r"1 images in .*photos share their name .*a\.jpg and a\.png"):
        build(tmp_path)
    (tmp_path / "l.txt").write_text("b\n")
    assert len(build(tmp_path, ann_file="l.txt")) == 1


@pytest.mark.parametrize("names", [("a.png", "a_mask.png"), ("a.jpg", "a.png"), ("a_sat.jpg", "a_mask.png")])
def test_images_and_masks_in_one_folder(tmp_path, names):
    write(tmp_path / "photos" / names[0], np.zeros((6, 8, 3), np.uint8))
    write(tmp_path / "photos" / names[1], MASK)
    dataset = build(tmp_path, data_prefix=dict(img_path="photos", seg_map_path="photos"))
    assert [dataset[0][key].rpartition("/")[2] for key in ("img_path", "seg_map_path")] == list(names)


def test_masks_of_transparency_and_of_channels(tmp_path):
    write(tmp_path / "photos/a.jpg", np.zeros((6, 8, 3), np.uint8))
    alpha = np.zeros((6, 8, 4), np.uint8)
    alpha[..., 3] = MASK * 255
    write(tmp_path / "masks/a.png", alpha)
    pipeline = [dict(type="LoadSegImage"), dict(type="LoadSegAnnotations")]
    loaded = build(tmp_path, pipeline, values=[(0, 0, 0, 0), "#000000ff"])[0]["gt_seg_map"]
    assert np.array_equal(loaded, MASK)
    (tmp_path / "masks/a.png").unlink()
    hot = np.zeros((5, 6, 8), np.uint8)
    hot[0], hot[4] = MASK == 0, MASK
    tifffile.imwrite(tmp_path / "masks/a.tif", hot, photometric="minisblack")
    loaded = build(tmp_path, pipeline, values=["1,0,0,0,0", [0, 0, 0, 0, 1]])[0]["gt_seg_map"]
    assert np.array_equal(loaded, MASK)


def test_without_a_palette_the_colours_are_those_that_all_people_tell_apart(tmp_path):
    write(tmp_path / "photos/a.jpg", np.zeros((6, 8, 3), np.uint8))
    write(tmp_path / "masks/a.png", MASK)
    dataset = build(tmp_path, classes=("background", "cat"))
    assert dataset.metainfo["palette"] == default_palette(2, ["background", "cat"]).tolist()
