import copy
import io

import cv2
import numpy as np
import pytest
import tifffile
from mmseg.datasets.transforms import LoadAnnotations
from PIL import Image

from seg_plugins.datasets.mask_code import MaskCode
from seg_plugins.transforms import LoadSegAnnotations
from seg_plugins.transforms.load_seg_annotations import decode_label, to_train_ids
from tests.files.test_orientation import encoded


def entry(tmp_path, label, **more):
    cv2.imwrite(str(tmp_path / "a.png"), label)
    base = dict(
        seg_map_path=str(tmp_path / "a.png"), img_path="a.jpg", seg_fields=[], reduce_zero_label=False
    )
    return base | dict(label_map=None) | more


@pytest.mark.parametrize("reduce_zero_label", [False, True])
@pytest.mark.parametrize("label_map", [None, {0: 1, 1: 255, 2: 0}])
def test_loads_what_upstream_loads(tmp_path, reduce_zero_label, label_map):
    label = np.random.default_rng(0).choice(np.array([0, 1, 2, 255], np.uint8), (20, 30))
    options = dict(reduce_zero_label=reduce_zero_label, label_map=label_map)
    ours = LoadSegAnnotations()(entry(tmp_path, label, **options))
    theirs = LoadAnnotations()(entry(tmp_path, label, **options))
    assert np.array_equal(ours["gt_seg_map"], theirs["gt_seg_map"])
    assert ours["gt_seg_map"].dtype == np.uint8 and ours["seg_fields"] == theirs["seg_fields"]


def test_another_ignored_id():
    label = np.array([[0, 11, 255]], np.uint8)
    assert to_train_ids(label, False, None, ignore_index=11).tolist() == [[0, 255, 255]]


def test_without_a_label_the_entry_passes():
    assert LoadSegAnnotations()(dict(img_path="a.jpg")) == dict(img_path="a.jpg")


@pytest.mark.parametrize(
    "label, more, message",
    [
        (np.zeros((4, 5, 3), np.uint8), {}, r"a\.png holds colours"),
        (np.zeros((4, 5), np.uint16), {}, r"a\.png has 16 or more bits"),
        (np.full((4, 5), 9, np.uint8), dict(num_file_classes=3), r"a\.png holds id 9 \(20 px\)"),
        (
            np.zeros((4, 5), np.uint8),
            dict(ori_shape=(5, 4)),
            r"a\.png is 4x5 \(HxW\), its image a\.jpg is 5x4",
        ),
    ],
)
def test_faults_are_named(tmp_path, label, more, message):
    with pytest.raises(ValueError, match=message):
        LoadSegAnnotations()(entry(tmp_path, label, **more))


@pytest.mark.parametrize("mode", ["L", "P", "1"])
def test_every_kind_of_id_picture_is_read_as_pillow_reads_it(mode):
    label = np.random.default_rng(0).integers(0, 2, (20, 30), np.uint8)
    picture = Image.fromarray(label * 255).convert("1") if mode == "1" else Image.fromarray(label)
    if mode == "P":
        picture = picture.convert("P")
        picture.putpalette([200, 0, 0, 0, 200, 0])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", **(dict(transparency=0) if mode == "L" else {}))
    assert np.array_equal(decode_label(buffer.getvalue(), "x"), label)


def test_a_changed_byte_is_never_taken_for_another_label(tmp_path):
    label = np.random.default_rng(0).integers(0, 9, (40, 50), np.uint8)
    data = cv2.imencode(".png", label)[1].tobytes()
    for place in range(60, len(data) - 16, 40):
        damaged = data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]
        with pytest.raises(ValueError, match="x cannot be decoded"):
            decode_label(damaged, "x")


def test_damaged_and_missing_files_are_named(tmp_path):
    results = entry(tmp_path, np.zeros((40, 50), np.uint8))
    path = tmp_path / "a.png"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match=r"a\.png cannot be decoded"):
        LoadSegAnnotations()(dict(results))
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.png is missing"):
        LoadSegAnnotations()(dict(results))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("code", [None, MaskCode.make("abc", None, (255,))])
def test_labels_are_taken_as_they_are_shown(tmp_path, kind, code):
    label = np.random.default_rng(0).integers(0, 3, (4, 6), np.uint8)
    if kind == "TIFF":
        tifffile.imwrite(tmp_path / "b", label, extratags=[(274, "H", 1, 6, True)])
    else:
        (tmp_path / "b").write_bytes(encoded(label, kind, 6))
    results = entry(tmp_path, label, mask_code=code) | dict(seg_map_path=str(tmp_path / "b"))
    assert np.array_equal(LoadSegAnnotations()(results)["gt_seg_map"], np.rot90(label, -1))


def test_a_label_drawn_on_the_stored_picture_is_explained(tmp_path):
    (tmp_path / "i.jpg").write_bytes(encoded(np.zeros((4, 6, 3), np.uint8), "JPEG", 6))
    results = entry(tmp_path, np.zeros((4, 6), np.uint8), ori_shape=(6, 4)) | dict(
        img_path=str(tmp_path / "i.jpg")
    )
    with pytest.raises(ValueError, match="as shown, turned by EXIF orientation 6: draw the label on"):
        LoadSegAnnotations()(results)


@pytest.mark.parametrize("code", [None, MaskCode.make("abc", None, (255,))])
def test_pixels_without_data_are_ignored(tmp_path, code):
    missing = np.zeros((4, 5, 2), bool)
    missing[0, 0], missing[1, 1, 0] = True, True
    results = LoadSegAnnotations()(
        entry(tmp_path, np.ones((4, 5), np.uint8), missing=missing, mask_code=code)
    )
    label = results["gt_seg_map"]
    assert label[0, 0] == 255 and (label == 255).sum() == 1 and label[1, 1] == 1


def test_reduce_zero_label_has_to_agree_with_the_data_set(tmp_path):
    results = entry(tmp_path, np.ones((4, 5), np.uint8))
    for value in (None, False):
        assert (LoadSegAnnotations(reduce_zero_label=value)(copy.deepcopy(results))["gt_seg_map"] == 1).all()
    with pytest.raises(
        ValueError, match=r"reduce_zero_label=True\), but the data set of .*a\.png says False"
    ):
        LoadSegAnnotations(reduce_zero_label=True)(copy.deepcopy(results))


def test_an_empty_label_is_named(tmp_path):
    results = entry(tmp_path, np.ones((4, 5), np.uint8))
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(ValueError, match=r"a\.png is empty \(0 bytes\)"):
        LoadSegAnnotations()(results)
