"""Tests of the images that could be labelled next."""

import pytest

from seg_plugins.doctor.candidates import find_candidates
from tests.doctor.base import make


def names(paths):
    return [path.stem for path in paths]


def test_images_without_a_label_are_found_whatever_the_list_says(tmp_path):
    cfg = make(tmp_path)
    for stem in ("0001", "0004"):
        (tmp_path / f"labels/train/{stem}.png").unlink()
    (tmp_path / "train.txt").write_text("0000\n0002\n")
    cfg.train_dataloader.dataset.ann_file = "train.txt"
    found = find_candidates(cfg)
    assert names(found.unlabelled) == ["0001", "0004"] and names(found.labelled) == ["0000", "0002"]
    assert names(found.val) == ["0100", "0101", "0102", "0103"]


def test_images_of_unlabelled_sources_are_found_without_their_labels(tmp_path):
    cfg = make(tmp_path)
    (tmp_path / "few.txt").write_text("0000\n0003\n")
    (tmp_path / "rest.txt").write_text("0002\n0005\n")
    labelled = cfg.train_dataloader.dataset.to_dict()
    other = {**labelled, "data_prefix": dict(img_path="images/train")}
    cfg.train_dataloader.dataset = dict(
        type="MultiSourceDataset", datasets=[labelled, other], ann_files=["few.txt", "rest.txt"]
    )
    found = find_candidates(cfg)
    assert names(found.unlabelled) == ["0002", "0005"] and names(found.labelled) == ["0000", "0003"]
    cfg.train_dataloader.dataset.ann_files = None
    for source, name in zip(cfg.train_dataloader.dataset.datasets, ("few.txt", "rest.txt"), strict=True):
        source.ann_file = name
    assert names(find_candidates(cfg).unlabelled) == ["0002", "0005"]


def test_a_data_set_with_all_labels_is_refused(tmp_path):
    with pytest.raises(ValueError, match="every training image of the config has a label"):
        find_candidates(make(tmp_path))
    with pytest.raises(ValueError, match="no train_dataloader"):
        cfg = make(tmp_path / "other")
        cfg.train_dataloader = None
        find_candidates(cfg)
