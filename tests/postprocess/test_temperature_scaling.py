import pytest
import torch
from mmseg.registry import MODELS
from scipy.optimize import minimize_scalar
from torch.nn.functional import cross_entropy

from seg_plugins.postprocess.prediction import BatchPrediction
from seg_plugins.postprocess.temperature_scaling import fit_temperature


def overconfident(temperature, pixels=4000, classes=5):
    """Scores whose softmax at the given temperature is the true distribution of the labels."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(pixels, classes, generator=generator) * 2
    labels = torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]
    return logits * temperature, labels


@pytest.mark.parametrize("temperature", [0.2, 1.0, 3.7])
def test_the_fit_is_the_minimum_that_scipy_finds(temperature):
    logits, labels = overconfident(temperature)
    found = minimize_scalar(
        lambda t: float(cross_entropy(logits.double() / t, labels)), bounds=(0.01, 100), method="bounded",
        options=dict(xatol=1e-8),
    ).x  # fmt: skip
    assert fit_temperature(logits, labels) == pytest.approx(found, rel=1e-4)
    assert fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.1)


def test_separable_data_end_at_a_small_temperature():
    logits = torch.eye(3).repeat(10, 1)
    assert 0.01 <= fit_temperature(logits, torch.arange(3).repeat(10)) < 0.05


def test_the_step_is_fitted_saved_and_loaded():
    logits, labels = overconfident(3.0, pixels=1600)
    maps = BatchPrediction(logits.T.reshape(1, 5, 40, 40), labels.view(1, 40, 40), torch.zeros(1, 3, 40, 40))
    truth = labels.view(1, 40, 40).clone()
    truth[:, :3] = 255
    step = MODELS.build(dict(type="TemperatureScaling"))
    with pytest.raises(ValueError, match="FitLoop"):
        step(maps)
    step.fit_batch(maps, truth)
    report = step.fit_end()
    assert report["temperature"] == pytest.approx(3.0, rel=0.1) and report["nll_after"] < report["nll_before"]
    loaded = MODELS.build(dict(type="TemperatureScaling"))
    loaded.load_state_dict(step.state_dict(), strict=True)
    out = loaded(maps)
    assert torch.allclose(out.logits * report["temperature"], maps.logits, atol=1e-4)
    assert torch.equal(out.labels, maps.labels)


def test_a_given_temperature_is_no_weight():
    step = MODELS.build(dict(type="TemperatureScaling", temperature=2.0))
    assert step.state_dict() == {}
    logits = torch.randn(1, 3, 4, 4)
    assert torch.equal(step(BatchPrediction(logits, logits.argmax(1), logits)).logits, logits / 2)


def test_nothing_to_fit_to_is_an_error():
    with pytest.raises(ValueError, match="labelled"):
        fit_temperature(torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64))
