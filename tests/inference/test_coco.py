import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from seg_plugins.inference.coco import coco_annotations, compress_counts, run_counts
from seg_plugins.inference.polygons import find_regions


def decoded(segmentation, size):
    """The mask of an annotation, by COCO's own code."""
    polygons = isinstance(segmentation, list)
    runs = coco_mask.merge(coco_mask.frPyObjects(segmentation, *size)) if polygons else segmentation
    return coco_mask.decode(runs).astype(bool)


def blobs(seed, shape=(90, 130)):
    """A class map of six levels of smooth noise, with holes and islands."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).random(shape), (0, 0), 2.5)
    return np.digitize(noise, np.quantile(noise, np.linspace(0, 1, 7)[1:-1])).astype(np.uint8)


MAPS = [
    *(np.random.default_rng(seed).integers(0, 3, (13, 17)).astype(np.uint8) for seed in range(6)),
    *map(blobs, range(3)),
    np.pad(np.zeros((1, 1), np.uint8), 1, constant_values=1),
    np.zeros((1, 1), np.uint8),
]


@pytest.mark.parametrize("labels", MAPS, ids=lambda labels: "x".join(map(str, labels.shape)))
def test_decoded_annotations_give_the_class_map(labels):
    regions = find_regions(labels)
    annotations = coco_annotations(regions, labels.shape, image_id=1, first_id=1)
    times, found = np.zeros(labels.shape, int), np.full(labels.shape, 255, np.uint8)
    for annotation in annotations:
        mask = decoded(annotation["segmentation"], labels.shape)
        assert mask.sum() == annotation["area"] and annotation["iscrowd"] == 0
        assert annotation["bbox"] == coco_mask.toBbox(coco_mask.encode(np.asfortranarray(mask))).tolist()
        times += mask
        found[mask] = annotation["category_id"]
    assert (times == 1).all() and (found == labels).all()
    held = [isinstance(a["segmentation"], dict) for a in annotations]
    assert held == [bool(region.holes) for region in regions]


@pytest.mark.parametrize("labels", MAPS[4:8], ids=range(4))
def test_runs_are_those_of_cocos_code(labels):
    for region in find_regions(labels):
        counts = run_counts(region, labels.shape)
        mask = decoded({"size": labels.shape, "counts": compress_counts(counts)}, labels.shape)
        assert coco_mask.encode(np.asfortranarray(mask))["counts"].decode() == compress_counts(counts)
        assert sum(counts[1::2]) == region.area


def test_known_annotations():
    labels = np.zeros((16, 16), np.uint8)
    labels[3:9, 2:12] = 1
    (annotation,) = coco_annotations(find_regions(labels, ignore=(0,)), labels.shape, image_id=4, first_id=5)
    assert (decoded(annotation["segmentation"], labels.shape) == labels).all()
    assert annotation["bbox"] == [2, 3, 10, 6] and annotation["id"] == 5 and annotation["image_id"] == 4
    ring = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1], [0, 0, 0]], np.uint8)
    (region,) = find_regions(ring, ignore=(0,))
    assert run_counts(region, ring.shape) == [0, 3, 1, 1, 1, 1, 1, 3, 1]


def test_tolerance_leaves_run_lengths_exact():
    labels = (blobs(1) > 2).astype(np.uint8)
    for annotation in coco_annotations(find_regions(labels), labels.shape, 1, 1, tolerance=3.0):
        exact = decoded(annotation["segmentation"], labels.shape).sum() == annotation["area"]
        assert exact or isinstance(annotation["segmentation"], list)
