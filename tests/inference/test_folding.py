import pytest
import torch
from mmcv.cnn import ConvModule
from mmengine.config import ConfigDict
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn

from seg_plugins.inference.folding import fold_batch_norms

BN = dict(type="BN")
STAGES = {
    f"stage{n}": dict(
        num_modules=1, num_branches=n, block="BOTTLENECK" if n == 1 else "BASIC",
        num_blocks=(1,) * n, num_channels=(8, 16, 32, 64)[:n],
    )
    for n in range(1, 5)
}  # fmt: skip
BACKBONES = {
    "VanillaUNet": dict(base_channels=4, norm_cfg=BN),
    "ResNetV1c": dict(depth=18, norm_cfg=BN),
    "ResNet": dict(depth=50, norm_cfg=BN),
    "ResNeXt": dict(depth=50, groups=2, norm_cfg=BN),
    "HRNet": dict(extra=STAGES, norm_cfg=BN),
}


def trained(model):
    """With statistics and weights that are not the initial ones."""
    torch.manual_seed(0)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-1, 1)
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -1, 1)
    model.eval()
    return model


def count(model):
    return sum(isinstance(m, nn.BatchNorm2d) for m in model.modules())


@pytest.mark.parametrize("name", BACKBONES)
def test_backbones_give_the_same_features(name):
    init_default_scope("mmseg")
    model = trained(MODELS.build(ConfigDict(type=name, **BACKBONES[name])))
    image, norms = torch.randn(1, 3, 64, 96), count(model)
    with torch.inference_mode():
        before = model(image)
        assert fold_batch_norms(model) == norms and count(model) == 0
        for ours, theirs in zip(model(image), before, strict=True):
            assert torch.allclose(ours, theirs, rtol=1e-4, atol=1e-4 * theirs.abs().max())


@pytest.mark.parametrize("order, folded", [(("conv", "norm", "act"), 1), (("conv", "act", "norm"), 0)])
def test_only_a_norm_right_after_its_convolution_is_folded(order, folded):
    module = trained(ConvModule(3, 4, 3, norm_cfg=BN, order=order))
    image = torch.randn(1, 3, 8, 8)
    before = module(image)
    assert fold_batch_norms(module) == folded
    assert torch.allclose(module(image), before, atol=1e-5)


def test_shared_and_training_modules_stay():
    conv = nn.Conv2d(3, 3, 1)
    shared = nn.ModuleList([nn.Sequential(conv, nn.BatchNorm2d(3)), nn.Sequential(conv, nn.BatchNorm2d(3))])
    assert fold_batch_norms(shared.eval()) == 0
    assert fold_batch_norms(nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)).train()) == 0
