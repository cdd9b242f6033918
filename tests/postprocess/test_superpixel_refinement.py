import pytest
import torch
from mmseg.registry import MODELS
from scipy import ndimage

from seg_plugins.postprocess.prediction import BatchPrediction
from seg_plugins.postprocess.superpixel_refinement import average_by_region


def test_the_mean_equals_scipy():
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(3, 9, 11, generator=generator)
    regions = torch.randint(0, 7, (9, 11), generator=generator)
    got = average_by_region(values, regions)
    for channel, row in zip(values, got, strict=True):
        means = torch.from_numpy(ndimage.mean(channel.numpy(), regions.numpy(), range(7)))
        assert torch.allclose(row, means[regions].float(), atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_step_repairs_specks_within_superpixels(channels):
    pytest.importorskip("skimage", reason="needs the extra classical")
    image = torch.zeros(1, channels, 48, 48)
    image[..., 24:] = 220
    truth = (image[:, 0] > 100).long()
    noisy = truth ^ (torch.rand(1, 48, 48, generator=torch.Generator().manual_seed(0)) < 0.2)
    logits = torch.nn.functional.one_hot(noisy, 2).permute(0, 3, 1, 2).float() * 3
    step = MODELS.build(dict(type="SuperpixelRefinement", regions=dict(type="SlicRegions", segments=16)))
    out = step(BatchPrediction(logits, noisy, image))
    assert float((out.labels == truth).float().mean()) > 0.995
    same = MODELS.build(dict(type="SuperpixelRefinement", weight=0.0))(BatchPrediction(logits, noisy, image))
    assert torch.equal(same.labels, noisy)


def test_a_weight_outside_its_range_is_refused():
    with pytest.raises(ValueError, match="weight=2"):
        MODELS.build(dict(type="SuperpixelRefinement", weight=2))
