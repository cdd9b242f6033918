import pytest
import torch
from torch.nn.functional import interpolate

from seg_plugins.ops.tiled_labels import cropped, flipped, resized, strip_of, tiled_labels


def random_logits(k=7, size=(13, 17)):
    return torch.randn(k, *size, generator=torch.Generator().manual_seed(0))


def whole(strip, step=5):
    height = strip.size[0]
    return torch.cat([strip.rows(i, min(i + step, height)) for i in range(0, height, step)], dim=1)


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize(
    "size", [(52, 68), (13, 17), (13, 40), (40, 17), (100, 33), (6, 9), (1, 1), (27, 35)]
)
def test_resizing_by_rows_equals_interpolate(size, align_corners):
    logits = random_logits()
    expected = interpolate(logits[None], size=size, mode="bilinear", align_corners=align_corners)[0]
    strip = resized(strip_of(logits), size, align_corners)
    assert strip.size == size
    torch.testing.assert_close(whole(strip), expected, atol=1e-5, rtol=1e-5)


def test_crops_flips_and_a_second_resize():
    logits = random_logits()
    big = interpolate(logits[None], size=(60, 80), mode="bilinear")[..., 3:56, 2:79]
    for direction, axis in (("horizontal", 3), ("vertical", 2)):
        expected = interpolate(big.flip(axis), size=(91, 45), mode="bilinear")[0]
        strip = flipped(cropped(resized(strip_of(logits), (60, 80)), 2, 1, 3, 4), direction)
        torch.testing.assert_close(whole(resized(strip, (91, 45)), 7), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("tile", [1, 16, 1000])
def test_labels_and_confidence_are_those_of_the_whole(tile):
    logits = random_logits()
    full = interpolate(logits[None], size=(52, 68), mode="bilinear")[0]
    labels, confidence = tiled_labels(resized(strip_of(logits), (52, 68)), tile)
    assert labels.dtype == torch.int64
    assert torch.equal(labels, full.argmax(dim=0, keepdim=True))
    torch.testing.assert_close(
        confidence, full.softmax(dim=0).amax(dim=0, keepdim=True), atol=1e-5, rtol=1e-5
    )


def test_one_class_is_a_foreground():
    logits = random_logits(1)
    labels, confidence = tiled_labels(strip_of(logits), 4, threshold=0.3)
    probability = logits.sigmoid()
    assert torch.equal(labels, (probability > 0.3).float())
    torch.testing.assert_close(confidence, torch.where(probability > 0.3, probability, 1 - probability))


def test_never_more_than_a_tile_at_full_size():
    largest = 0
    strip = resized(strip_of(random_logits()), (520, 680))

    def watched(first, end):
        nonlocal largest
        rows = strip.rows(first, end)
        largest = max(largest, rows.shape[1])
        return rows

    tiled_labels(strip._replace(rows=watched), 32)
    assert largest == 32
