import torch

from seg_plugins.roi_heads import MaskHead
from seg_plugins.roi_heads.mask_head import mask_targets
from tests.roi_heads.base import STRIDES, gradients_missing, instances, nothing, pyramid

EMPTY = (torch.zeros(0, 4), torch.zeros(0, dtype=torch.long))


def head():
    torch.manual_seed(0)
    mask = MaskHead(8, STRIDES, num_classes=2, channels=8, num_convs=2, roi_size=7)
    mask.init_weights()
    return mask


def test_targets_are_the_mask_seen_through_the_box():
    masks = torch.zeros(2, 32, 32, dtype=torch.bool)
    masks[1, 8:24, 8:16] = True
    target = mask_targets(masks, torch.tensor([[8.0, 8, 24, 24]]), torch.tensor([1]), 8)
    assert target[0, :, :4].min() == 1 and target[0, :, 4:].max() == 0


def test_loss_reaches_every_parameter_and_is_zero_without_instances():
    mask, truth = head(), instances()
    losses = mask.loss(pyramid(), [(truth.boxes, torch.tensor([0, 1])), EMPTY], [truth, nothing()])
    assert losses["loss_mask"] > 0 and gradients_missing(mask, losses) == []
    losses = mask.loss(pyramid(), [EMPTY, EMPTY], [nothing(), nothing()])
    assert losses["loss_mask"] == 0 and gradients_missing(mask, losses) == []


def test_each_instance_gets_the_mask_of_its_class():
    mask, truth = head(), instances()
    with torch.no_grad():
        mask.classification.weight.zero_()
        mask.classification.bias.copy_(torch.tensor([3.0, -3.0]))
    first, second = mask.predict(pyramid(images=1), [truth.boxes], [torch.tensor([0, 1])])[0]
    assert first.shape == (14, 14) and first.min() > 0.6 and second.max() < 0.4
