import pytest
import torch
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import nn

import seg_plugins.register  # noqa: F401  (registers)
from seg_plugins.runners.model_checks import (
    check_class_count,
    check_class_weights,
    check_crop,
    check_learns,
    check_levels,
    check_loss_names,
)
from tests.segmentors.base import model_config


def model(loss, classes=3, **head):
    """A model of one head."""
    built = nn.Module()
    options = dict(in_channels=2, channels=2, num_convs=0, concat_input=False, norm_cfg=None)
    built.decode_head = MODELS.build(
        dict(type="FCNHead", num_classes=classes, loss_decode=loss, **options, **head)
    )
    return built


OPTIONS = {"LovaszLoss": dict(reduction="none")}
NO_HEAD_CALLS_THEM = {  # they fail there, weights or not
    "FocalLoss",
    "HuasdorffDisstanceLoss",
    "OhemCrossEntropy",
    "TverskyLoss",
}


def weighted(name, weights):
    return dict(type=name, class_weight=weights, **OPTIONS.get(name, {}))


def losses_with_weights():
    """Every registered loss that takes class weights, ours and upstream's."""
    found = []
    for name, kind in MODELS.module_dict.items():
        inside = kind.__module__.startswith(("mmseg.models.losses", "seg_plugins.losses"))
        if inside and hasattr(kind, "forward"):
            try:
                loss = MODELS.build(weighted(name, [1.0, 2.0]))
            except (TypeError, AssertionError, ValueError):
                continue
            if getattr(loss, "class_weight", None) is not None:
                found.append(name)
    return found


LOSSES = losses_with_weights()


def test_the_list_of_losses_is_not_short():
    upstream = {"CrossEntropyLoss", "LovaszLoss", "TverskyLoss", "OhemCrossEntropy"}
    assert upstream | {"ExactCrossEntropyLoss", "SoftDiceLoss"} <= {*LOSSES}


@pytest.mark.parametrize("name", LOSSES)
def test_a_wrong_number_of_class_weights_is_named_with_the_right_one(name):
    check_class_weights(model(weighted(name, [1.0] * 3)))
    with pytest.raises(ValueError, match=rf"decode_head\.loss_decode: class_weight of {name} has 2.*needs 3"):
        check_class_weights(model(weighted(name, [1.0] * 2)))


def test_weights_within_a_sum_and_a_list_of_alpha_are_seen():
    inner = dict(type="ExactCrossEntropyLoss", class_weight=[1.0] * 4)
    with pytest.raises(ValueError, match="has 4 values and needs 3"):
        check_class_weights(model(dict(type="WeightedSumLoss", losses=[inner])))
    with pytest.raises(ValueError, match="alpha of FocalLoss has 2 values and needs 3"):
        check_class_weights(model([dict(type="FocalLoss", alpha=[0.5, 0.5])]))
    check_class_weights(model(dict(type="FocalLoss", alpha=0.5)))


def test_two_classes_on_one_channel():
    binary = dict(classes=2, out_channels=1, threshold=0.5)
    check_class_weights(model(dict(type="ExactCrossEntropyLoss", class_weight=[1.0, 2.0]), **binary))
    upstream = dict(type="CrossEntropyLoss", use_sigmoid=True)
    check_class_weights(model(dict(upstream, class_weight=[3.0]), **binary))
    with pytest.raises(ValueError, match="has 2 values and needs 1"):
        check_class_weights(model(dict(upstream, class_weight=[1.0, 2.0]), **binary))


def test_the_number_wanted_is_the_one_that_the_losses_take():
    """The rule agrees with a step: no loss fails with what the check passes."""
    logits, label = torch.randn(1, 3, 16, 16), torch.randint(0, 3, (1, 1, 16, 16))
    sample = SegDataSample(gt_sem_seg=PixelData(data=label[0]))
    for name in set(LOSSES) - NO_HEAD_CALLS_THEM:
        head = model(weighted(name, [1.0] * 3)).decode_head
        losses = head.loss_by_feat(logits, [sample])
        assert losses, name


def test_a_frozen_model_is_refused():
    built = model(dict(type="ExactCrossEntropyLoss"))
    check_learns(built)
    with pytest.raises(ValueError, match="no parameter of the model learns"):
        check_learns(built.requires_grad_(False))


def test_a_loss_that_is_not_summed_is_named():
    ce = dict(type="ExactCrossEntropyLoss")
    with pytest.raises(ValueError, match=r"loss_name='dice'.*call it 'loss_dice'"):
        check_loss_names(model(dict(ce, loss_name="dice")))
    left_out = check_loss_names(model([ce, dict(ce, loss_name="dice")]))
    assert left_out == ["model.decode_head.loss_decode.loss_name='dice'"]
    assert check_loss_names(model(ce)) == []


def test_more_classes_than_8_bits_hold():
    ce = dict(type="ExactCrossEntropyLoss")
    check_class_count(model(ce, classes=255), {"LoadSegAnnotations"})
    with pytest.raises(ValueError, match=r"num_classes=256: ignore_index=255 is the id of one of them"):
        check_class_count(model(ce, classes=256), set())
    with pytest.raises(ValueError, match=r"num_classes=300: LoadSegAnnotations reads masks in 8 bits"):
        check_class_count(model(ce, classes=300, ignore_index=65535), {"LoadSegAnnotations"})
    check_class_count(model(ce, classes=300, ignore_index=65535), {"MyMasks"})


def segmentor(name, **changes):
    config = model_config(name, 5)
    for key, value in changes.items():
        part = config
        *path, last = key.split("__")
        for step in path:
            part = part[step]
        part[last] = value
    return MODELS.build(config)


@pytest.mark.parametrize(
    "name, changes, message",
    [
        (
            "upernet_tiny",
            dict(backbone__out_indices=(0, 1), backbone__num_stages=4),
            r"model\.decode_head\.in_index=\[0, 1, 2, 3\] asks for map 2, and ResNetV1c gives 2 .*"
            r"out_indices, now \(0, 1\)",
        ),
        (
            "segformer_tiny",
            dict(backbone__out_indices=(3,)),
            "asks for map 1, and MixVisionTransformer gives 1",
        ),
        ("upernet_tiny", dict(auxiliary_head__in_index=4), r"auxiliary_head\.in_index=4 asks for map 4"),
        ("bisenetv2_tiny", dict(backbone__out_indices=(0, 1, 2)), r"auxiliary_head\.2\.in_index=3 asks for"),
    ],
)
def test_heads_that_need_more_maps_than_there_are(name, changes, message):
    with pytest.raises(ValueError, match=message):
        check_levels(segmentor(name, **changes))
    check_levels(segmentor(name))


@pytest.mark.parametrize("name, least, less", [("segformer_tiny", 32, 28), ("icnet_tiny", 16, 13)])
def test_crops_smaller_than_the_deepest_stride(name, least, less):
    model = segmentor(name).train()
    model.data_preprocessor.size = (64, less)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    with pytest.raises(ValueError, match=rf"size=\(64, {less}\): this crop is too small for"):
        check_crop(model)
    model.data_preprocessor.size = (64, least)
    check_crop(model)
    assert all(module.training for module in model.modules())
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
