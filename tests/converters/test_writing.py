import errno
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from seg_plugins.converters.converter import Converter, Entry, Sample, SourceError
from seg_plugins.converters.writing import MARKER, prepare
from seg_plugins.datasets.checked_seg_dataset import MANIFEST


def converter(**more):
    return Converter("toy", 3, find=lambda _: [], licence="", citation="", fetch="", **more)


def make(value, log=None):
    if log is not None:
        with log.open("a") as file:
            file.write(f"{value}\n")
    if value == "stop":
        raise KeyboardInterrupt
    return Sample(
        np.zeros((4, 5, 3), np.uint8), np.full((4, 5), value, np.uint8), note="odd" if value % 2 else ""
    )


def entries(values, log=None):
    kinds = ["train"] * (len(values) - 1) + ["val"]
    return [
        Entry(s, f"{i}", partial(make, v, log)) for i, (s, v) in enumerate(zip(kinds, values, strict=True))
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_record_counts_images_and_pixels(tmp_path, jobs):
    record = prepare(converter(), entries([0, 1, 255, 2]), tmp_path / "o", jobs=jobs)
    assert record["images"] == {"train": 3, "val": 1} and record["fresh"]
    assert record["class_pixels"] == {"train": [20, 20, 0], "val": [0, 0, 20]}
    assert record["ignored_pixels"] == {"train": 20, "val": 0}
    assert record["notes"] == {"odd": 2}
    left = {p.name for p in (tmp_path / "o").rglob("*") if p.is_file()}
    assert left == {MANIFEST, "0.png", "1.png", "2.png", "3.png"}


def test_repeating_does_nothing_until_a_file_changes(tmp_path):
    log, out = tmp_path / "log", tmp_path / "o"
    prepare(converter(), entries([0, 1], log), out)
    assert not prepare(converter(), entries([0, 1], log), out)["fresh"]
    assert log.read_text().split() == ["0", "1"]
    (out / "labels/val/1.png").unlink()
    assert prepare(converter(), entries([0, 1], log), out)["fresh"]
    assert (out / "labels/val/1.png").exists()


def test_an_interrupted_run_is_taken_up(tmp_path):
    log, out = tmp_path / "log", tmp_path / "o"
    with pytest.raises(KeyboardInterrupt):
        prepare(converter(), entries([0, 1, "stop", 2], log), out)
    assert (out / MARKER).exists() and not (out / MANIFEST).exists()
    (out / "images/train/.2.png.77.part").write_text("half a pict")
    record = prepare(converter(), entries([0, 1, 2, 2], log), out)
    assert not list(out.rglob("*.part*"))
    assert log.read_text().split() == ["0", "1", "stop", "2", "2"]
    assert record["class_pixels"]["train"] == [20, 20, 20] and record["notes"] == {"odd": 1}
    assert not (out / MARKER).exists()


def test_another_recipe_starts_afresh(tmp_path):
    out = tmp_path / "o"
    prepare(converter(), entries([0, 1, 2, 2]), out)
    prepare(converter(), entries([0, 1]), out, recipe="another")
    assert sorted(p.name for p in (out / "images").rglob("*.png")) == ["0.png", "1.png"]


def test_a_full_disk_leaves_nothing_that_counts(tmp_path, monkeypatch):
    written = []

    def full(self, target):
        if len(written) > 4:
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        written.append(self)
        return replace(self, target)

    replace = Path.replace
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match=r"No space left.*/o/(images|labels)/train/\d\.png'$"):
        prepare(converter(), entries([0, 1, 2]), tmp_path / "o")
    monkeypatch.undo()
    assert not (tmp_path / "o" / MANIFEST).exists()
    assert not list((tmp_path / "o").rglob("*.part*"))
    assert prepare(converter(), entries([0, 1, 2]), tmp_path / "o")["images"] == {"train": 2, "val": 1}


def test_faulty_ids_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"label of train/0 holds id 7"):
        prepare(converter(), entries([7, 0]), tmp_path / "o")


def test_counts_are_verified(tmp_path):
    known = converter(counts={"train": 5, "val": 1})
    with pytest.raises(SourceError, match=r"train has 2 images, published are 5.*--partial"):
        prepare(known, entries([0, 1, 2]), tmp_path / "o")
    assert prepare(known, entries([0, 1, 2]), tmp_path / "o", partial_source=True)["fresh"]
    with pytest.raises(SourceError, match="no train"):
        prepare(converter(), entries([0]), tmp_path / "p")


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "o").mkdir()
    (tmp_path / "o/precious.txt").write_text("mine")
    with pytest.raises(SourceError, match="was not written by this tool"):
        prepare(converter(), entries([0, 1]), tmp_path / "o")
    assert [p.name for p in (tmp_path / "o").iterdir()] == ["precious.txt"]


def test_record_is_plain_json(tmp_path):
    prepare(converter(), entries([0, 1]), tmp_path / "o")
    record = json.loads((tmp_path / "o" / MANIFEST).read_text())
    assert record["num_classes"] == 3 and set(record["labels"]) == {"labels/train", "labels/val"}
