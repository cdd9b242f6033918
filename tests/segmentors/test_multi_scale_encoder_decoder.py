import pytest
import torch
from mmseg.registry import MODELS

from tests.segmentors.base import model_config, samples


@pytest.fixture
def model():
    torch.manual_seed(0)
    return MODELS.build(model_config("deeplabv2_tiny", 4)).eval()


def test_one_scale_is_the_plain_segmentor(model):
    image = torch.rand(1, 3, 65, 97)
    model.scales = (1.0,)
    torch.testing.assert_close(model._forward(image), model.decode_head(model.extract_feat(image)))


def test_fused_is_the_maximum_over_the_scales(model):
    logits = model.logits_per_scale(torch.rand(1, 3, 65, 97))
    assert len(logits) == len(model.scales) == 2
    assert len({x.shape for x in logits}) == 1
    fused = model._forward(torch.rand(1, 3, 65, 97))
    assert fused.shape == logits[0].shape
    image = torch.rand(1, 3, 65, 97)
    a, b = model.logits_per_scale(image)
    torch.testing.assert_close(model._forward(image), torch.maximum(a, b))


def test_every_scale_and_the_fusion_are_trained(model):
    losses = model.loss(torch.rand(2, 3, 65, 97), samples(2, 65, 97, 4))
    assert {k for k in losses if "loss" in k} == {
        "decode.loss_ce",
        "scale_0.5.loss_ce",
        "scale_1.0.loss_ce",
    }


@pytest.mark.parametrize("scales", [(), (0.5, 0.0)])
def test_bad_scales_are_refused(scales):
    config = model_config("deeplabv2_tiny", 4)
    config.scales = scales
    with pytest.raises(ValueError, match="scales="):
        MODELS.build(config)


def test_steps_come_after_the_fusion():
    config = model_config("deeplabv2_tiny", 4)
    config.postprocess = [dict(type="ConfidenceThreshold", threshold=1.0)]
    refined = MODELS.build(config).eval()
    (sample,) = refined.predict(torch.rand(1, 3, 65, 97), samples(1, 65, 97, 4))
    assert (sample.pred_sem_seg.data == 255).all()
