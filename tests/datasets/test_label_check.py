import numpy as np
import pytest
from PIL import Image

from seg_plugins.datasets.label_check import (
    IdRule,
    check_label,
    check_labels,
    describe_bad_ids,
    fingerprint,
    open_label,
)


def test_allowed_ids():
    assert np.flatnonzero(IdRule(3).allowed()).tolist() == [0, 1, 2, 255]
    assert np.flatnonzero(IdRule(3, reduce_zero_label=True).allowed()).tolist() == [0, 1, 2, 3, 255]
    assert np.flatnonzero(IdRule(2, ignore_index=11).allowed()).tolist() == [0, 1, 11, 255]


def test_bad_ids_are_counted():
    counts = np.bincount([0, 0, 9, 9, 9, 255], minlength=256)
    assert "holds id 9 (3 px), but classes are 0..1" in describe_bad_ids("x.png", counts, IdRule(2))
    assert describe_bad_ids("x.png", counts, IdRule(10)) is None


def test_palette_pictures_hold_ids(tmp_path):
    picture = Image.fromarray(np.array([[0, 2]], np.uint8)).convert("P")
    picture.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    picture.save(tmp_path / "p.png")
    Image.new("RGB", (2, 1)).save(tmp_path / "i.png")
    fault, counts = check_label(str(tmp_path / "i.png"), str(tmp_path / "p.png"), IdRule(3))
    assert fault is None and counts[[0, 2]].tolist() == [1, 1]


def test_image_turned_by_exif_has_the_size_that_opencv_decodes(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (32, 24)).save(tmp_path / "i.jpg", exif=exif)
    Image.new("L", (24, 32)).save(tmp_path / "l.png")
    assert check_label(str(tmp_path / "i.jpg"), str(tmp_path / "l.png"), IdRule(3))[0] is None


def test_many_faults_are_summed_up(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "i.png")
    pairs = []
    for i in range(9):
        Image.new("L", (4, 4), 50).save(tmp_path / f"l{i}.png")
        pairs.append((str(tmp_path / "i.png"), str(tmp_path / f"l{i}.png")))
    with pytest.raises(ValueError, match=r"l0\.png.*(\n.*){4}\n\.\.\. and 4 more"):
        check_labels(pairs, IdRule(3))


def test_not_an_image(tmp_path):
    (tmp_path / "l.png").write_text("hello")
    with pytest.raises(ValueError, match=r"l\.png is not a readable image"):
        open_label(tmp_path / "l.png")
    with pytest.raises(FileNotFoundError, match=r"m\.png is missing"):
        open_label(tmp_path / "m.png")


def test_fingerprint_notices_every_change(tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_text("1")
    b.write_text("2")
    before = fingerprint([a, b])
    assert before == fingerprint([b, a])
    b.write_text("22")
    assert fingerprint([a, b]) != before and fingerprint([a]) != before
