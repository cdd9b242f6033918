import numpy as np
import pytest
import torch

from seg_plugins.inference.maps import CHUNK, Prediction, choose_labels, maps_of_band

LOGITS = torch.randn(5, CHUNK + 9, 12, generator=torch.Generator().manual_seed(0))


def test_maps_are_those_of_the_probabilities():
    labels, confidence, uncertainty = maps_of_band(LOGITS, has_variance=False)
    probability = LOGITS.double().softmax(0).numpy()
    assert labels.dtype == np.uint8 and (labels == probability.argmax(0)).all()
    assert np.allclose(confidence, probability.max(0), atol=1e-6)
    assert np.allclose(uncertainty, -(probability * np.log(probability)).sum(0) / np.log(5), atol=1e-6)


def test_the_variance_is_the_uncertainty():
    scores = torch.cat([LOGITS, torch.full_like(LOGITS[:1], 0.25)])
    labels, _, uncertainty = maps_of_band(scores, has_variance=True)
    assert (uncertainty == 0.25).all() and labels.max() == 4


def test_what_is_not_asked_for_is_none():
    assert maps_of_band(LOGITS, has_variance=False, maps=())[1:] == (None, None)


def test_confidence_follows_labels_of_a_step():
    given = torch.full(LOGITS.shape[1:], 3)
    given[:5] = 255
    labels, confidence, _ = maps_of_band(LOGITS, has_variance=False, labels=given)
    probability = LOGITS.softmax(0).numpy()
    assert (labels[5:] == 3).all() and np.allclose(confidence[5:], probability[3, 5:], atol=1e-6)
    assert (labels[:5] == 255).all() and np.allclose(confidence[:5], probability.max(0)[:5], atol=1e-6)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.9])
def test_a_threshold_is_of_the_foregrounds_probability(threshold):
    wanted = LOGITS[:2].double().softmax(0)[1] > threshold
    assert torch.equal(choose_labels(LOGITS[:2], threshold).bool(), wanted)


@pytest.mark.parametrize("count, black", [(3, True), (255, True), (256, False), (300, False)])
def test_class_255_has_a_colour_where_there_is_one(count, black):
    labels = np.array([[255, 0]], np.uint16)
    image = np.zeros((1, 2, 3), np.uint8)
    result = Prediction(labels, None, None, image, tuple(map(str, range(count))), None)
    assert (result.colors[0, 0].tolist() == [0, 0, 0]) is black
