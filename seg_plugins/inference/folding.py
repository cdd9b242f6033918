"""Batch normalisation folded into the preceding convolutions."""

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
    """Yield names of two children if the second one alone receives the result of the first."""
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
    """Fold batch normalisations into the weights of the preceding convolutions, in place.

    This saves a pass over the feature map, and a second map. Only pairs are folded whose order the containing
    module
    fixes: `nn.Sequential`, mmcv's `ConvModule`, upstream's ResNet, HRNet and their blocks. Modules that occur
        in several
    places stay unchanged.

    Args:
        model: Model in evaluation mode. Its outputs change by rounding only; the keys of its state dictionary
            change.

    Returns:
        Number of folded batch normalisations.
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
