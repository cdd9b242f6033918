import numpy as np

from seg_plugins.doctor.duplicates import near_duplicates, shared_sequences
from seg_plugins.doctor.inspection import Inspection


def thumbnails(count=40):
    return np.random.default_rng(0).integers(0, 256, (count, 32, 32)).astype(np.uint8)


def test_finds_copies_noise_and_all(monkeypatch):
    monkeypatch.setattr("seg_plugins.doctor.duplicates.BLOCK", 7)  # several blocks
    pictures = thumbnails()
    pictures[31] = pictures[3]
    noisy = pictures[5] + np.random.default_rng(1).normal(0, 3, (32, 32))
    pictures[20] = np.clip(noisy, 0, 255).astype(np.uint8)
    pairs = near_duplicates(pictures)
    assert [(i, j) for i, j, _ in pairs] == [(3, 31), (5, 20)]
    assert pairs[0][2] > 0.999


def test_brighter_is_no_duplicate_and_flat_pairs_with_nothing():
    pictures = np.clip(thumbnails(4) // 4, 0, 255)
    pictures[1] = pictures[0] + 100
    pictures[2] = pictures[3] = 90
    assert near_duplicates(pictures) == []


def entry(split, name):
    return Inspection(split, f"/d/{split}/{name}.jpg", "")


def test_sequences_across_splits():
    found = [
        *[entry("train", f"0016E5_{i:05d}") for i in range(3)],
        *[entry("val", f"0016E5_{i:05d}") for i in range(3, 5)],
        entry("train", "0006R0_f00001"),
    ]
    assert shared_sequences(found) == {"0016E5": {"train": 3, "val": 2}}


def test_the_name_of_the_data_set_is_no_sequence():
    assert shared_sequences([entry("train", "satImage_001"), entry("val", "satImage_002")]) == {}
    assert shared_sequences([entry("train", "001"), entry("val", "002")]) == {}
