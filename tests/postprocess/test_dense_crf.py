import pytest
import torch
from mmseg.registry import MODELS

from seg_plugins.postprocess.crf import dense_crf
from seg_plugins.postprocess.prediction import BatchPrediction


def test_the_step_hands_on_log_probabilities_and_their_labels():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 3, 16, 20, generator=generator)
    image = torch.rand(2, 3, 16, 20, generator=generator) * 255
    step = MODELS.build(dict(type="DenseCRF", iterations=3, position_std=10))
    out = step(BatchPrediction(logits, logits.argmax(1), image))
    want = dense_crf(logits, image, iterations=3, position_std=10)
    assert torch.allclose(out.logits.softmax(1), want, atol=1e-5)
    assert torch.equal(out.labels, want.argmax(1))


def test_an_unknown_filter_is_refused_when_the_config_is_built():
    with pytest.raises(ValueError, match="permutohedral"):
        MODELS.build(dict(type="DenseCRF", filter="lattice"))


@pytest.mark.parametrize("settings", [dict(gaussian_std=0), dict(position_std=-3.0), dict(colour_std=0)])
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ValueError, match=r"DenseCRF\(.*use "):
        MODELS.build(dict(type="DenseCRF") | settings)
