"""EfficientNet-Lite: EfficientNet without squeeze-and-excitation and with ReLU6, for small devices."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from seg_plugins.ops.same_padding import SameConv2d

__all__ = ["VARIANTS", "EfficientNetLite", "NormedConv", "lite_layout", "lite_names", "lite_variant"]

VARIANTS = {  # factors of width and depth, side of the images of its training
    "lite0": (1.0, 1.0, 224),
    "lite1": (1.0, 1.1, 240),
    "lite2": (1.1, 1.2, 260),
    "lite3": (1.2, 1.4, 280),
    "lite4": (1.4, 1.8, 300),
}
STEM = 32
STAGES = (  # blocks, kernel, stride, expansion, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
LEVELS = (0, 1, 2, 4, 6)  # stages whose results are the maps at strides 2, 4, 8, 16 and 32
NORM = dict(type="BN", eps=1e-3)
PUBLIC_NAMES = (  # of the weights converted from TensorFlow, to ours
    (r"^_conv_stem\.", "stem.conv."),
    (r"^_bn0\.", "stem.norm."),
    (r"^_blocks\.(\d+)\._expand_conv\.", r"blocks.\1.expand.conv."),
    (r"^_blocks\.(\d+)\._bn0\.", r"blocks.\1.expand.norm."),
    (r"^_blocks\.(\d+)\._depthwise_conv\.", r"blocks.\1.depthwise.conv."),
    (r"^_blocks\.(\d+)\._bn1\.", r"blocks.\1.depthwise.norm."),
    (r"^_blocks\.(\d+)\._project_conv\.", r"blocks.\1.project.conv."),
    (r"^_blocks\.(\d+)\._bn2\.", r"blocks.\1.project.norm."),
    (r"^_conv_head\.", "head.conv."),
    (r"^_bn1\.", "head.norm."),
    (r"^_fc\.", "classifier."),
)


def scaled_width(channels: int, factor: float) -> int:
    """Multiply channels and round to a multiple of 8 that is at least 90 % of the product.

    >>> scaled_width(24, 1.1), scaled_width(16, 1.1), scaled_width(16, 0.25)
    (24, 16, 8)
    """
    wanted = channels * factor
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded


def lite_layout(width: float, depth: float) -> list[list[tuple[int, int, int, int]]]:
    """Return the blocks of each stage; the first and last stage are never repeated more.

    Args:
        width: Factor of the channels.
        depth: Factor of the number of blocks.

    Returns:
        For each stage its blocks, each as (kernel, stride, expansion, channels).
    """
    stages = []
    for number, (blocks, kernel, stride, expansion, channels) in enumerate(STAGES):
        repeated = blocks if number in (0, len(STAGES) - 1) else math.ceil(blocks * depth)
        out = scaled_width(channels, width)
        stages.append([(kernel, stride if i == 0 else 1, expansion, out) for i in range(repeated)])
    return stages


def lite_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename public weights (`_conv_stem`, `_blocks.0._depthwise_conv`, `_bn0`, ...) to the names used here.

    >>> import torch
    >>> list(lite_names({"_blocks.3._bn1.weight": torch.ones(1), "stem.conv.weight": torch.ones(1)}))
    ['blocks.3.depthwise.norm.weight', 'stem.conv.weight']
    """
    renamed = {}
    for key, value in state.items():
        for public, ours in PUBLIC_NAMES:
            key = re.sub(public, ours, key)
        renamed[key] = value
    return renamed


def lite_variant(state: Mapping[str, Tensor]) -> str:
    """Return the name of the variant whose blocks a state dictionary (in our names) holds, or ""."""
    numbers = {int(m[1]) for k in state if (m := re.match(r"blocks\.(\d+)\.project\.conv\.weight$", k))}
    widths = [len(state[f"blocks.{i}.project.conv.weight"]) for i in sorted(numbers)]
    for name, (width, depth, _) in VARIANTS.items():
        if widths == [block[-1] for stage in lite_layout(width, depth) for block in stage]:
            return name
    return ""


class NormedConv(nn.Module):
    """Convolution and normalisation, then ReLU6 if asked for."""

    def __init__(self, conv: nn.Conv2d, norm_cfg: dict, activated: bool = True) -> None:
        super().__init__()
        self.conv = conv
        self.norm = build_norm_layer(norm_cfg, conv.out_channels)[1]
        self.activation = nn.ReLU6(inplace=True) if activated else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C', H', W')."""
        return self.activation(self.norm(self.conv(x)))


class Block(nn.Module):
    """Inverted bottleneck: 1x1 expansion, depthwise convolution, 1x1 projection, and a shortcut if it fits.

    Args:
        channels: (in, out).
        expansion: Factor of the channels between; 1 for no expansion.
        conv: Arguments of the depthwise convolution: kernel_size, stride, dilation, tf_padding.
        norm_cfg: Normalisation.
        drop_rate: Probability that training leaves the block out of an image (Huang et al., ECCV 2016).
    """

    def __init__(
        self, channels: tuple[int, int], expansion: int, conv: dict, norm_cfg: dict, drop_rate: float
    ) -> None:
        super().__init__()
        inner = channels[0] * expansion
        self.expand = NormedConv(SameConv2d(channels[0], inner, 1), norm_cfg) if expansion > 1 else None
        self.depthwise = NormedConv(SameConv2d(inner, inner, groups=inner, **conv), norm_cfg)
        self.project = NormedConv(SameConv2d(inner, channels[1], 1), norm_cfg, activated=False)
        self.shortcut = channels[0] == channels[1] and conv["stride"] == 1
        self.drop_rate = drop_rate

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C', H', W')."""
        y = self.project(self.depthwise(x if self.expand is None else self.expand(x)))
        if not self.shortcut:
            return y
        if self.training and self.drop_rate:
            kept = 1 - self.drop_rate
            y = y * (y.new_empty(len(y), 1, 1, 1).bernoulli_(kept) / kept)
        return x + y


@MODELS.register_module()
class EfficientNetLite(BaseModule):
    """Encoder of EfficientNet-Lite, without the classifier.

    Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019,
    https://arxiv.org/abs/1905.11946, table 1; the Lite variants leave squeeze-and-excitation out, use ReLU6,
    and keep the width of stem and head. Public ImageNet weights expect RGB, (x - 127) / 128, TensorFlow's
    padding and an epsilon of 1e-3 (`configs/_base_/models/fpn_lite0.py`).

    Args:
        arch: A name of `VARIANTS`.
        width: Further factor of all channels, for encoders without public weights.
        in_channels: Channels of the image.
        output_stride: 8, 16 or 32: strides beyond it become dilations.
        out_indices: Maps to return, of those at strides 2, 4, 8, 16 and 32 (2 to `output_stride`).
        tf_padding: TensorFlow's padding; False for symmetric.
        drop_path_rate: Probability of leaving out the last block in training; it grows linearly from 0.
        norm_cfg: Normalisation.
        init_cfg: Initialisation.

    Raises:
        ValueError: There is no such variant, output stride or map.
    """

    def __init__(
        self,
        arch: str = "lite0",
        width: float = 1.0,
        in_channels: int = 3,
        output_stride: int = 32,
        out_indices: Sequence[int] = (1, 2, 3, 4),
        tf_padding: bool = True,
        drop_path_rate: float = 0.0,
        norm_cfg: dict = NORM,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg or dict(type="Kaiming", layer="Conv2d"))
        if arch not in VARIANTS:
            raise ValueError(f"EfficientNetLite: arch={arch!r}; known: {', '.join(VARIANTS)}")
        if output_stride not in (8, 16, 32):
            raise ValueError(f"EfficientNetLite: output_stride={output_stride}; use 8, 16 or 32")
        if absent := [index for index in out_indices if index not in range(len(LEVELS))]:
            raise ValueError(
                f"EfficientNetLite: out_indices={tuple(out_indices)}: map {absent[0]}; use 0 to 4"
            )
        self.arch = arch
        self.out_indices = tuple(out_indices)
        factor, depth, _ = VARIANTS[arch]
        stages = lite_layout(factor * width, depth)
        count = sum(map(len, stages))
        stem = scaled_width(STEM, width)
        self.stem = NormedConv(SameConv2d(in_channels, stem, 3, 2, tf_padding=tf_padding), norm_cfg)
        self.blocks = nn.ModuleList()
        self.ends: list[int] = []  # number of the block that ends each level
        channels, stride, dilation = stem, 2, 1
        for number, stage in enumerate(stages):
            for kernel, step, expansion, out in stage:
                dilated = dilation  # the first block of a dilated stage still sees the finer grid
                if step > 1 and stride * step > output_stride:
                    dilation, step = dilation * step, 1
                stride *= step
                conv = dict(kernel_size=kernel, stride=step, dilation=dilated, tf_padding=tf_padding)
                rate = drop_path_rate * len(self.blocks) / count
                self.blocks.append(Block((channels, out), expansion, conv, norm_cfg, rate))
                channels = out
            if number in LEVELS:
                self.ends.append(len(self.blocks) - 1)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Compute feature maps.

        Args:
            x: Images, float (N, C, H, W), any size.

        Returns:
            The maps of `out_indices`, at sizes ceil(H / stride), ceil(W / stride).
        """
        maps = list(self.run(self.stem(x)))
        return tuple(maps[index] for index in self.out_indices)

    def run(self, x: Tensor) -> Iterator[Tensor]:
        """Yield the maps of all levels from the result of the stem."""
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in self.ends:
                yield x

    def rename_weights(self, state: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
        """Rename public weights for `BackboneWeights`.

        Raises:
            ValueError: They are of another variant.
        """
        renamed = lite_names(state)
        given, own = lite_variant(renamed), lite_variant(self.state_dict())
        if given and given != own:
            raise ValueError(
                f"backbone weights {source} are those of EfficientNet-Lite{given[-1]}, and this encoder is "
                + (
                    f"arch={self.arch!r}: set model.backbone.arch={given!r}"
                    if own
                    else "of another width: set model.backbone.width=1"
                )
                + ", or use the weights of the same variant"
            )
        return renamed
