import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from seg_plugins.doctor.diagnosis import diagnose
from seg_plugins.doctor.entries import read_splits
from seg_plugins.doctor.inspection import inspect_all
from tests.doctor.base import SIZE, make


def run(cfg, losses=None):
    splits = read_splits(cfg)
    return diagnose(splits, inspect_all(splits), losses)


def kinds(diagnosis, level):
    return {f.kind for f in diagnosis.of(level)}


def test_a_clean_data_set_has_no_findings(tmp_path):
    diagnosis = run(make(tmp_path))
    assert diagnosis.findings == []
    assert diagnosis.images == {"train": 6, "val": 4}
    assert sum(diagnosis.pixels["train"]) == 6 * SIZE[0] * SIZE[1]
    assert len(diagnosis.mean) == 3 and set(diagnosis.weights) == {
        "inverse",
        "median_frequency",
        "effective_number",
    }


def test_255_masks_are_errors_with_the_line_that_mends_them(tmp_path):
    cfg = make(tmp_path)
    for path in (tmp_path / "labels").rglob("*.png"):
        cv2.imwrite(str(path), cv2.imread(str(path), 0).clip(0, 1) * 255)
    errors = run(cfg).of("error")
    assert {e.kind for e in errors} == {"0/255 masks"} and len(errors) == 2
    assert "values=[0, 255]" in errors[0].message and len(errors[0].files) == 6


def test_leakage_across_splits(tmp_path):
    cfg = make(tmp_path)
    copy = cv2.imread(str(tmp_path / "images" / "train" / "0003.png"))
    cv2.imwrite(str(tmp_path / "images" / "val" / "0102.png"), copy)
    finding = next(f for f in run(cfg).of("warning") if f.kind == "near-duplicates across splits")
    assert {p[-8:] for p in finding.files} == {"0003.png", "0102.png"}


@pytest.mark.parametrize("value, kind", [(255, "empty label"), (1, "single-class label")])
def test_poor_labels(tmp_path, value, kind):
    cfg = make(tmp_path)
    cv2.imwrite(str(tmp_path / "labels" / "train" / "0000.png"), np.full(SIZE, value, np.uint8))
    finding = next(f for f in run(cfg).of("warning") if f.kind == kind)
    assert [f[-8:] for f in finding.files] == ["0000.png"]


def test_absent_and_rare_classes(tmp_path):
    cfg = make(tmp_path)
    for path in (tmp_path / "labels" / "train").iterdir():
        label = np.where(cv2.imread(str(path), 0) == 2, 0, 0).astype(np.uint8)
        label[0, :3] = 1
        cv2.imwrite(str(path), label)
    messages = [f.message for f in run(cfg).of("warning")]
    assert "train: no pixel of disc" in messages
    assert any(m.startswith("train: ground has 746 times the pixels of square") for m in messages)


def test_suspicious_labels(tmp_path):
    losses = {f"{i}.png": 0.2 + 0.01 * i for i in range(9)} | {"odd.png": 4.0}
    finding = next(f for f in run(make(tmp_path), losses).of("warning") if f.kind == "suspicious label")
    assert finding.files == ["odd.png"]


def test_sequences_across_splits_are_one_warning(tmp_path):
    cfg = make(tmp_path)
    for kind in ("images", "labels"):
        for i, path in enumerate(sorted((tmp_path / kind).rglob("*.png"))):
            path.rename(path.with_name(f"{'ab'[i % 2]}1_{i:03d}.png"))
    (finding,) = [f for f in run(cfg).of("warning") if f.kind == "sequence across splits"]
    assert finding.message.startswith(
        "2 sequences are in several splits: a1 (3 in train, 2 in val); b1 (3 in"
    )


def test_missing_data_are_counted_and_in_no_figure(tmp_path):
    cfg = make(tmp_path)
    for path in sorted((tmp_path / "images" / "train").iterdir()):
        image = cv2.imread(str(path)).astype(np.float32)
        if path.name == "0000.png":
            image[:2] = np.nan
        path.unlink()
        tifffile.imwrite(path.with_suffix(".tif"), image, photometric="rgb")
    train = cfg.train_dataloader.dataset
    train.img_suffix, train.pipeline[0].color_type = ".tif", "unchanged"
    found = inspect_all(read_splits(cfg))
    assert found[0].missing == 2 * SIZE[1] * 3 and found[0].counts[255] == 2 * SIZE[1]
    diagnosis = diagnose(read_splits(cfg), found)
    finding = next(f for f in diagnosis.of("warning") if f.kind == "missing data")
    assert "1 of 10 images lack data (0.50% of all values; 0 hold none at all)" in finding.message
    assert np.isfinite(diagnosis.mean).all() and finding.files[0].endswith("0000.tif")


def test_turned_images_are_mentioned(tmp_path):
    cfg = make(tmp_path)
    path = tmp_path / "images" / "train" / "0000.png"
    exif = Image.Exif()
    exif[274] = 3
    Image.open(path).save(path, exif=exif)
    finding = next(f for f in run(cfg).of("warning") if f.kind == "EXIF orientation")
    assert finding.message.startswith("1 images are rotated or mirrored") and finding.files == [str(path)]


def test_a_config_that_says_what_255_is_has_no_0_255_masks(tmp_path):
    cfg = make(tmp_path)
    for path in (tmp_path / "labels").rglob("*.png"):
        cv2.imwrite(str(path), np.where(cv2.imread(str(path), 0) > 0, 255, 0).astype(np.uint8))
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.dataset.pop("metainfo")
        loader.dataset.update(
            type="FolderSegDataset", classes=("ground", "disc"), values=[0, 7], ignored=[255]
        )
    assert not any(f.kind == "0/255 masks" for f in run(cfg).of("error"))


def test_labels_without_an_image_are_one_note(tmp_path):
    cfg = make(tmp_path)
    for name in ("0001.png", "0002.png"):
        (tmp_path / "images" / "train" / name).unlink()
    for loader, lines in ((cfg.train_dataloader, "0000\n0003"), (cfg.val_dataloader, "0004\n0005")):
        loader.dataset.data_prefix = dict(img_path="images/train", seg_map_path="labels/train")
        loader.dataset.ann_file = f"{lines[3]}.txt"
        (tmp_path / loader.dataset.ann_file).write_text(lines)
    diagnosis = run(cfg)
    (note,) = diagnosis.of("note")
    assert note.message.startswith("2 labels have no image") and not diagnosis.of("error")
