"""Tests of the choice of images to label next."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose, pseudo_collate

from seg_plugins.doctor import next_labels
from seg_plugins.doctor.candidates import Candidates, find_candidates
from seg_plugins.doctor.next_labels import choose_next, image_uncertainties, most_uncertain
from seg_plugins.models import find_test_pipeline, load_model
from tests.doctor.base import make
from tests.runners.base import tiny


@pytest.fixture
def found(tmp_path):
    """Six images without a label, four for validation; the second of these is a copy of the first image."""
    cfg = make(tmp_path, train=7)
    for number in range(6):
        (tmp_path / f"labels/train/{number:04d}.png").unlink()
    copied = (tmp_path / "images/train/0000.png").read_bytes()
    (tmp_path / "images/val/0101.png").write_bytes(copied)
    return cfg, find_candidates(cfg)


def test_validation_images_with_a_near_twin_are_named(found):
    cfg, images = found
    chosen = choose_next(cfg, images, 3, "spaced")
    assert [path.stem for path in chosen.images] == ["0000", "0002", "0004"] and chosen.scores is None
    assert {v.stem: t.stem for v, t in chosen.twins.items()} == {"0101": "0000"}


def test_medoids_leave_out_what_is_like_labelled_images(found):
    cfg, images = found
    rest = Candidates(images.unlabelled[:5], images.unlabelled[5:], [])
    copied = rest.unlabelled[0].read_bytes()
    rest.labelled[0].write_bytes(copied)  # the labelled image equals the first candidate
    chosen = choose_next(cfg, rest, 4, "medoids")
    assert [path.stem for path in chosen.images] == ["0001", "0002", "0003", "0004"]


def test_the_most_uncertain_images_come_first(found, monkeypatch):
    cfg, images = found
    scores = np.array([0.1, 0.5, 0.9, 0.2, 0.3, 0.0])
    monkeypatch.setattr(next_labels, "image_uncertainties", lambda *_: scores)
    chosen = choose_next(cfg, images, 3, "uncertainty", "x.pth")
    assert [path.stem for path in chosen.images] == ["0002", "0001", "0004"]
    assert chosen.scores == [0.9, 0.5, 0.3]


def test_near_duplicates_of_an_uncertain_image_come_last():
    rng = np.random.default_rng(0)
    thumbnails = rng.integers(0, 255, (4, 24, 32), np.uint8)
    thumbnails[1] = thumbnails[0]
    scores = np.array([0.9, 0.8, 0.1, 0.2])
    assert most_uncertain(scores, thumbnails, 3) == [0, 3, 2]
    assert most_uncertain(scores, thumbnails, 4) == [0, 3, 2, 1]


@torch.no_grad()
def test_the_uncertainty_of_an_image_is_the_mean_entropy_of_its_pixels(tmp_path):
    cfg = tiny(tmp_path)
    model = load_model(cfg)
    torch.save({"state_dict": model.network.state_dict()}, tmp_path / "w.pth")
    paths = sorted((tmp_path / "data/images").iterdir())[:2]
    pipeline, expected = Compose(find_test_pipeline(cfg)), []
    for path in paths:
        entry = dict(img_path=str(path), seg_map_path=str(path).replace("images", "labels"), seg_fields=[])
        batch = pseudo_collate([pipeline(entry | dict(reduce_zero_label=False, label_map=None))])
        p = model.network.test_step(batch)[0].seg_logits.data.double().softmax(0)
        expected.append(float(-(p * p.log()).sum(0).mean() / np.log(len(p))))
    found = image_uncertainties(cfg, str(tmp_path / "w.pth"), paths)
    assert expected[0] != expected[1] and np.allclose(found, expected, atol=1e-5)


def test_more_images_than_there_are_and_broken_ones_are_refused(found):
    cfg, images = found
    with pytest.raises(ValueError, match="--pick 7: 6 images have no label; choose at most 6"):
        choose_next(cfg, images, 7, "spaced")
    images.unlabelled[2].write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"0002\.png"):
        choose_next(cfg, images, 2, "medoids")


def test_sequences_of_validation_that_training_has_are_named():
    train = [Path(f"a/{name}_{i:03d}.png") for name in ("walk", "drive") for i in range(3)]
    shared = next_labels.sequences_of(Candidates(train[:3], train[3:], [Path("v/walk_009.png")]))
    assert shared == {"walk": 1}
