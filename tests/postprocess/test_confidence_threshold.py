import pytest
import torch
from mmseg.registry import MODELS

from seg_plugins.postprocess.confidence_threshold import reject
from seg_plugins.postprocess.prediction import BatchPrediction


def test_only_unsure_pixels_become_unknown():
    probability = torch.tensor([[0.5, 0.69, 0.71], [0.5, 0.31, 0.29]])[None, :, None]
    labels = torch.zeros(1, 1, 3, dtype=torch.int64)
    assert reject(probability.log(), labels, 0.7).tolist() == [[[255, 255, 0]]]
    assert reject(probability.log(), labels, 0.0).tolist() == labels.tolist()


def test_the_step_keeps_the_scores():
    logits = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    step = MODELS.build(dict(type="ConfidenceThreshold", threshold=0.6, unknown=9))
    out = step(BatchPrediction(logits, logits.argmax(1), torch.zeros(2, 3, 8, 8)))
    assert torch.equal(out.labels == 9, logits.softmax(1).amax(1) < 0.6)
    assert 0 < float((out.labels == 9).float().mean()) < 1
    assert torch.equal(out.logits, logits)


def test_a_threshold_that_is_no_probability_is_refused():
    with pytest.raises(ValueError, match="70"):
        MODELS.build(dict(type="ConfidenceThreshold", threshold=70))


@pytest.mark.parametrize("settings", [dict(threshold=2), dict(threshold=0.5, unknown=-1)])
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ValueError, match=r"ConfidenceThreshold\(.*use "):
        MODELS.build(dict(type="ConfidenceThreshold") | settings)


def test_an_id_that_the_class_map_cannot_hold_is_refused():
    step = MODELS.build(dict(type="ConfidenceThreshold", threshold=0.9, unknown=256))
    many, few = torch.zeros(1, 300, 1, 1), torch.zeros(1, 3, 1, 1)
    image = torch.zeros(1, 3, 1, 1)
    assert step(BatchPrediction(many, many.argmax(1), image)).labels.item() == 256
    with pytest.raises(ValueError, match=r"unknown=256.*3 classes have eight bits: use 255"):
        step(BatchPrediction(few, few.argmax(1), image))
