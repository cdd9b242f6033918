import pytest
import torch

from seg_plugins.loops.single_map_losses import single_map_losses
from tests.segmentors.base import build, samples, samples_with_edges

NAMES = {
    "ddrnet_tiny": ("loss_context", samples),
    "pidnet_tiny": ("loss_sem_i", samples_with_edges),
    "knet_tiny": ("loss_ce.s2", samples),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_is_the_main_term_of_training(name):
    """In training, with normalisation as in evaluation and without dropout, it has that value."""
    term, labels = NAMES[name]
    model = build(name, 5).eval()
    x = torch.rand(2, 3, 64, 64)
    plain = samples(2, 64, 64, 5)
    with torch.no_grad(), single_map_losses(model):
        found = model.loss(x, plain)
    value = next(v for k, v in found.items() if "loss" in k and k.startswith("decode."))
    for module in (model.backbone, model.decode_head):
        module.training = True  # of the module alone: it makes all its maps
    with torch.no_grad():
        expected = model.loss(x, labels(2, 64, 64, 5))[f"decode.{term}"]
    torch.testing.assert_close(value, expected)


def test_other_heads_and_training_are_left_alone():
    model = build("ddrnet_tiny", 5)
    before = model.decode_head.loss_by_feat
    with single_map_losses(model):
        assert model.decode_head.loss_by_feat == before
    model = build("segformer_tiny", 5).eval()
    before = model.decode_head.loss_by_feat
    with single_map_losses(model):
        assert model.decode_head.loss_by_feat == before
