"""Batch normalisation folded into the convolutions before it."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from mmcv.cnn import ConvModule
from mmseg.models.backbones.hrnet import HRNet
from mmseg.models.backbones.resnet import BasicBlock, Bottleneck, ResNet
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

__all__ = ["fold_batch_norms"]

BATCH_NORMS = nn.BatchNorm2d | nn.SyncBatchNorm
NUMBERED = (BasicBlock.forward, Bottleneck.forward, ResNet.forward, HRNet.forward)  # conv1, norm1, conv2 ...


def neighbours(module: nn.Module) -> Iterator[tuple[str, str]]:
    """Names of children of which the second is given the first one's result, and nobody else is."""
    if isinstance(module, nn.Sequential):
        names = [name for name, _ in module.named_children()]
        yield from pairwise(names)
    elif type(module) is ConvModule and module.with_norm:
        if module.order.index("norm") == module.order.index("conv") + 1:
            yield "conv", module.norm_name
    elif type(module).forward in NUMBERED and not getattr(module, "deep_stem", False):
        for number in "123":
            if norm := getattr(module, f"norm{number}_name", None):
                yield f"conv{number}", norm


def fold_batch_norms(model: nn.Module) -> int:
    """Give convolutions the weights of convolution and batch normalisation together, in place.

    Saves a pass over the map, and the second map. Folded are pairs whose order the containing module fixes:
    `nn.Sequential`, mmcv's `ConvModule`, upstream's ResNet, HRNet and their blocks. Modules that several
    places share stay as they are.

    Args:
        model: In evaluation mode; its outputs change by rounding only, its state dictionary's keys do.

    Returns:
        Number of batch normalisations that were folded.
    """
    uses = Counter(id(m) for _, m in model.named_modules(remove_duplicate=False))
    folded = 0
    for parent in list(model.modules()):
        for first, second in neighbours(parent):
            conv, norm = parent._modules[first], parent._modules[second]
            if (
                isinstance(conv, nn.Conv2d)
                and isinstance(norm, BATCH_NORMS)
                and norm.track_running_stats
                and not norm.training
                and uses[id(conv)] == uses[id(norm)] == 1
            ):
                parent._modules[first] = fuse_conv_bn_eval(conv, norm)
                parent._modules[second] = nn.Identity()
                folded += 1
    return folded
