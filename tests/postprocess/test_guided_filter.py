import numpy as np
import pytest
import torch
from mmseg.registry import MODELS

from seg_plugins.postprocess.guided_filter import guided_filter
from seg_plugins.postprocess.prediction import BatchPrediction


def least_squares(values, guide, radius, epsilon):
    """The definition: a ridge regression of the values on the guide in every window, then their mean."""
    h, w = guide.shape
    total, count = np.zeros((h, w)), np.zeros((h, w))
    lines = {}
    for y in range(h):
        for x in range(w):
            window = np.s_[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
            g, v = guide[window].ravel(), values[window].ravel()
            design = np.stack([g - g.mean(), np.ones_like(g)], 1)
            normal = design.T @ design + np.diag([epsilon * len(g), 0])
            slope, mean = np.linalg.solve(normal, design.T @ v)
            lines[window[0].start, window[0].stop, window[1].start, window[1].stop, y, x] = (
                slope,
                mean - slope * g.mean(),
            )
    for (*_, y, x), (slope, offset) in lines.items():
        window = np.s_[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
        total[window] += slope * guide[window] + offset
        count[window] += 1
    return total / count


def test_it_is_the_mean_of_local_regressions():
    rng = np.random.default_rng(0)
    guide, values = rng.random((14, 17)), rng.random((14, 17))
    got = guided_filter(torch.from_numpy(values)[None, None], torch.from_numpy(guide)[None, None], 3, 0.01)
    assert np.allclose(got[0, 0].numpy(), least_squares(values, guide, 3, 0.01))


def test_constants_and_the_guide_itself_pass():
    guide = torch.rand(1, 1, 20, 20, dtype=torch.float64)
    assert torch.allclose(
        guided_filter(torch.ones(1, 2, 20, 20).double(), guide, 4, 1e-3), torch.ones(1).double()
    )
    assert torch.allclose(guided_filter(guide, guide, 4, 1e-12), guide, atol=1e-6)


def test_the_step_moves_a_blurred_boundary_to_the_edge():
    image = torch.zeros(1, 3, 32, 32)
    image[..., 16:] = 255
    ramp = torch.linspace(-2, 2, 32).expand(32, 32) - 0.3  # crosses zero two pixels late
    logits = torch.stack([-ramp, ramp])[None]
    out = MODELS.build(dict(type="GuidedFilter", radius=6))(BatchPrediction(logits, logits.argmax(1), image))
    truth = (image[:, 0] > 100).long()
    assert (logits.argmax(1) != truth).sum() > 0
    assert torch.equal(out.labels, truth)
    assert torch.allclose(out.logits.exp().sum(1), torch.ones(1, 32, 32), atol=1e-5)


@pytest.mark.parametrize("settings", [dict(radius=-1), dict(epsilon=0)])
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ValueError, match=r"GuidedFilter\(.*use "):
        MODELS.build(dict(type="GuidedFilter") | settings)
