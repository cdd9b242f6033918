import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from seg_plugins.decode_heads import EoMTHead
from seg_plugins.hooks.chunked_loss_hook import reason_against
from seg_plugins.ops.mask_queries import MaskPrediction


def head(**options):
    return EoMTHead(**dict(in_channels=8, num_classes=3, num_queries=5) | options)


def test_fewer_queries_than_classes_are_refused_unless_allowed():
    with pytest.raises(ValueError, match=r"num_queries=5 is below num_classes=6.*fewer_queries=True"):
        head(num_classes=6)
    assert head(num_classes=6, fewer_queries=True).num_queries == 5
    with pytest.raises(ValueError, match="num_queries=0"):
        head(num_queries=0, fewer_queries=True)


def test_targets_lie_on_the_canvas_and_padding_is_without_a_label():
    sample = SegDataSample(gt_sem_seg=PixelData(data=torch.ones(1, 5, 6, dtype=torch.long)))
    labels, masks, valid = head().targets_of(sample, (8, 8))
    assert labels.tolist() == [1] and masks.shape == (1, 8, 8)
    assert masks[0, :5, :6].all() and masks.sum() == valid.sum() == 30


def test_the_size_is_that_of_the_padded_image_or_of_the_window():
    prediction = [MaskPrediction(torch.zeros(1, 5, 4), torch.zeros(1, 5, 4, 4), (16, 16))]
    for meta, size in (
        (dict(img_shape=(12, 10), pad_shape=(14, 13)), (14, 13)),
        (dict(img_shape=(12, 10)), (12, 10)),
        (dict(img_shape=torch.Size((9, 9)), pad_shape=(14, 13)), (9, 9)),
    ):
        assert head().predict_by_feat(prediction, [meta]).shape == (1, 3, *size)


def test_losses_of_earlier_layers_have_their_number():
    sample = SegDataSample(gt_sem_seg=PixelData(data=torch.ones(1, 16, 16, dtype=torch.long)))
    layers = [MaskPrediction(torch.zeros(1, 5, 4), torch.zeros(1, 5, 4, 4))] * 2
    losses = head().loss_by_feat(layers, [sample])
    assert set(losses) == {f"{p}loss_{k}" for p in ("", "layer_0.") for k in ("cls", "mask", "dice")}


def test_the_chunked_loss_says_why_it_leaves_the_head_alone():
    assert reason_against(head()) == "it computes its loss in its own way"
