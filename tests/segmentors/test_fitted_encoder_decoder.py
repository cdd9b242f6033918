import copy

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmseg.registry import MODELS
from mmseg.utils import register_all_modules

import seg_plugins.register  # noqa: F401 (registers)
from tests.segmentors.base import MODEL_BASES, samples

register_all_modules(init_default_scope=True)

LITE = dict(type="EfficientNetLite", width=0.25)
BN = dict(norm_cfg=dict(type="BN"), num_classes=3)
HEADS = {
    "FCNHead": dict(channels=8, in_index=3),
    "PSPHead": dict(channels=8, in_index=-1, pool_scales=(1, 2)),
    "ASPPHead": dict(channels=8, dilations=(1, 2)),
    "DepthwiseSeparableASPPHead": dict(channels=8, dilations=(1, 2), c1_in_channels=256, c1_channels=4),
    "ASPPSumHead": dict(dilations=(1, 2)),
    "UPerHead": dict(channels=8, in_index=[0, 1, 2, 3], pool_scales=(1, 2)),
    "FPNHead": dict(channels=8, in_index=[0, 1, 2, 3]),
    "SegformerHead": dict(channels=8, in_index=[0, 1, 2, 3]),
    "SeededHamHead": dict(channels=8, in_index=[1, 2, 3], ham_channels=8, ham_kwargs=dict(MD_R=4)),
    "AnySizeLRASPPHead": dict(
        channels=8, in_index=[0, 1, 3], input_transform="multiple_select", branch_channels=(4, 4)
    ),
    "AdditiveFPNHead": dict(channels=8),
}
ENCODERS = {
    "ResNetV1c": dict(type="ResNetV1c", depth=18, base_channels=8, stem_channels=8, norm_cfg=dict(type="BN")),
    "ConvNeXt": dict(type="ConvNeXt", arch=((1, 1, 1, 1), (8, 8, 16, 16))),
    "MixVisionTransformer": dict(
        type="MixVisionTransformer", embed_dims=8, num_heads=[1, 1, 1, 1], num_layers=[1, 1, 1, 1]
    ),
}


def build(backbone, head, **changes):
    model = dict(type="FittedEncoderDecoder", backbone=backbone, decode_head=head, train_cfg=dict())
    return MODELS.build(ConfigDict(copy.deepcopy({**model, **changes, "test_cfg": dict(mode="whole")})))


PAIRS = [*((head, LITE) for head in HEADS), *(("UPerHead", encoder) for encoder in ENCODERS.values())]


@pytest.mark.parametrize(
    "head, encoder", PAIRS, ids=lambda part: part["type"] if isinstance(part, dict) else part
)
def test_any_head_on_any_encoder(head, encoder):
    """Built from `in_index` alone, it trains and predicts."""
    settings = dict(HEADS[head], type=head, **BN)
    if head == "ASPPSumHead":
        settings.pop("norm_cfg")
    torch.manual_seed(0)
    model = build(encoder, settings).train()
    losses = model.loss(torch.rand(2, 3, 64, 64), samples(2, 64, 64, 3))
    assert torch.isfinite(losses["decode.loss_ce"])
    with torch.no_grad():
        result = model.eval().predict(torch.rand(1, 3, 61, 83), samples(1, 61, 83, 3))
    assert result[0].seg_logits.data.shape == (3, 61, 83)


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_strides_follow_the_encoder(stride):
    model = build(
        {**LITE, "output_stride": stride, "in_channels": 5}, dict(HEADS["FPNHead"], type="FPNHead", **BN)
    )
    assert model.decode_head.feature_strides == [min(s, stride) for s in (4, 8, 16, 32)]
    assert model.eval()._forward(torch.rand(1, 5, 45, 70)).shape == (1, 3, 12, 18)


def test_auxiliary_heads_are_fitted_too():
    aux = dict(type="FCNHead", channels=4, in_index=2, in_channels=1, **BN)
    head = dict(HEADS["FCNHead"], type="FCNHead", **BN)
    assert build(LITE, head, auxiliary_head=[aux]).auxiliary_head[0].in_channels == 32
    several = dict(
        type="AuxiliaryHeads",
        num_classes=3,
        common=dict(type="FCNHead", channels=4),
        heads=[dict(in_index=0)],
    )
    assert build(LITE, head, auxiliary_head=several).auxiliary_head[0].in_channels == 8


def test_a_base_gets_another_encoder_by_one_line():
    model = Config.fromfile(MODEL_BASES / "deeplabv3plus_r50-d8.py").model
    model.type = "FittedEncoderDecoder"
    model.backbone = dict(LITE, output_stride=8)
    for head in (model.decode_head, model.auxiliary_head):
        head.num_classes, head.norm_cfg = 3, dict(type="BN")
    built = MODELS.build(model).eval()
    assert built.decode_head.c1_bottleneck.conv.in_channels == 8
    assert built._forward(torch.rand(1, 3, 64, 64)).shape == (1, 3, 16, 16)


def test_statistics_and_modes_stay():
    model = build(LITE, dict(HEADS["FCNHead"], type="FCNHead", **BN))
    norm = model.backbone.stem.norm
    assert not norm.num_batches_tracked and not norm.running_mean.any() and norm.training


@pytest.mark.parametrize(
    "backbone, head, message",
    [
        (dict(LITE, out_indices=(3, 4)), "UPerHead", r"decode_head\.in_index=\[0, 1, 2, 3\] asks for map 2, "
         r"and EfficientNetLite gives 2, at strides 16, 32"),
        (LITE, "FCNSkipHead", "FCNSkipHead reads what FCNVGG gives, not the maps of EfficientNetLite"),
        (dict(type="SegNetEncoder", widths=(2, 2, 3, 4, 5)), "FCNHead", "SegNetEncoder gives more than"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(backbone, head, message):
    with pytest.raises(ValueError, match=message):
        build(backbone, dict(HEADS.get(head, {}), type=head, **BN))
