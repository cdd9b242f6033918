import cv2
import numpy as np

from seg_plugins.classical.regions import connected, numbered, scaled_features


def test_ids_lose_their_gaps():
    assert numbered(np.array([[9, 4], [4, -2]])).tolist() == [[2, 1], [1, 0]]


def test_parts_of_one_id_get_ids_of_their_own():
    regions = np.array([[1, 0, 1], [1, 0, 1]])
    parts = connected(regions)
    assert parts[0, 0] != parts[0, 2] and len(np.unique(parts)) == 3
    assert np.array_equal(connected(np.array([[1, 0], [0, 1]])), [[0, 1], [2, 3]])  # corners do not touch


def test_small_parts_join_their_neighbour():
    regions = np.zeros((10, 10), int)
    regions[:, 5:] = 1
    regions[4, 7] = 0
    parts = connected(regions, min_area=4)
    assert parts.max() == 1 and parts[4, 7] == parts[4, 8]


def test_features_are_lab_and_scaled_position():
    image = np.random.default_rng(0).integers(0, 256, (6, 12, 3), dtype=np.uint8)
    features = scaled_features(image, 24.0).reshape(6, 12, 5)
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    assert np.allclose(features[..., :3], lab)
    assert features[3, 5, 3:].tolist() == [6.0, 10.0]
