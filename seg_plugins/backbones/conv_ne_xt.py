"""ConvNeXt, in PyTorch alone."""

from collections.abc import Mapping, Sequence

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import layer_norm, pad

from seg_plugins.ops.padding import pad_to_multiple

__all__ = ["ARCHITECTURES", "ChannelNorm", "ConvNeXt", "convnext_arch"]

ARCHITECTURES = {  # blocks and channels of the four stages
    "tiny": ((3, 3, 9, 3), (96, 192, 384, 768)),
    "small": ((3, 3, 27, 3), (96, 192, 384, 768)),
    "base": ((3, 3, 27, 3), (128, 256, 512, 1024)),
    "large": ((3, 3, 27, 3), (192, 384, 768, 1536)),
    "xlarge": ((3, 3, 27, 3), (256, 512, 1024, 2048)),
}
EPSILON = 1e-6
STEM = 4  # pixels of its kernel and stride
NOT_ENCODER = ("head.", "decode_head.", "auxiliary_head.")


def convnext_arch(state: Mapping[str, Tensor]) -> str:
    """Return the name of the architecture whose blocks a state dictionary holds, or ""."""
    names = [k for k in state if k.startswith("stages.") and k.endswith(".dwconv.weight")]
    blocks = tuple(sum(k.startswith(f"stages.{stage}.") for k in names) for stage in range(4))
    widths = tuple(len(state.get(f"stages.{stage}.0.dwconv.weight", ())) for stage in range(4))
    return next((arch for arch, layout in ARCHITECTURES.items() if layout == (blocks, widths)), "")


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of (N, C, H, W), pixel by pixel."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (N, C, H, W)."""
        x = layer_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class PatchConv(nn.Conv2d):
    """Convolution whose kernel is its stride, padded behind so that n pixels give ceil(n / stride) cells.

    With a dilation it keeps the size.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C', ceil(H / stride), ceil(W / stride))."""
        (kernel, _), (stride, _), (dilation, _) = self.kernel_size, self.stride, self.dilation
        if stride > 1:
            return super().forward(pad_to_multiple(x, stride))
        behind = (kernel - 1) * dilation
        return super().forward(pad(x, (0, behind, 0, behind)))


class Block(nn.Module):
    """7x7 depthwise convolution, layer normalisation, and an inverted bottleneck, scaled by channel.

    Args:
        channels: Channels.
        dilation: Dilation of the depthwise convolution.
        scale: First value of the scales by channel.
        drop_rate: Probability that training leaves the block out of an image.
    """

    def __init__(self, channels: int, dilation: int, scale: float, drop_rate: float) -> None:
        super().__init__()
        padding = 3 * dilation
        self.dwconv = nn.Conv2d(channels, channels, 7, padding=padding, dilation=dilation, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=EPSILON)
        self.pwconv1 = nn.Linear(channels, 4 * channels)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * channels, channels)
        self.gamma = nn.Parameter(torch.full((channels,), scale))
        self.drop_rate = drop_rate

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        y = (self.gamma * self.pwconv2(self.act(self.pwconv1(y)))).permute(0, 3, 1, 2)
        if self.training and self.drop_rate:
            kept = 1 - self.drop_rate
            y = y * (y.new_empty(len(y), 1, 1, 1).bernoulli_(kept) / kept)
        return x + y


@MODELS.register_module()
class ConvNeXt(BaseModule):
    """Encoder of ConvNeXt with the names of the authors' weights.

    Liu et al., A ConvNet for the 2020s, CVPR 2022, https://arxiv.org/abs/2201.03545. The names are those of
    github.com/facebookresearch/ConvNeXt: `downsample_layers.I`, `stages.I.J` with `dwconv`, `norm`,
    `pwconv1`, `pwconv2` and `gamma`, and a normalisation `normI` of each map. Files of the classifier load
    strictly: they lack `normI`, which keep their values, and their `norm` and `head` are left out.

    Args:
        arch: A name of `ARCHITECTURES`, or the blocks and channels of the four stages.
        in_channels: Channels of the image.
        output_stride: 8, 16 or 32: strides beyond it become dilations.
        out_indices: Maps to return, of those at strides 4, 8, 16 and 32.
        drop_path_rate: Probability of leaving out the last block in training; it grows linearly from 0.
        layer_scale: First value of the scales by channel.
        init_cfg: Initialisation.

    Raises:
        ValueError: There is no such architecture, output stride or map.
    """

    def __init__(
        self,
        arch: str | Sequence[Sequence[int]] = "tiny",
        in_channels: int = 3,
        output_stride: int = 32,
        out_indices: Sequence[int] = (0, 1, 2, 3),
        drop_path_rate: float = 0.0,
        layer_scale: float = 1e-6,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg or dict(type="TruncNormal", layer=["Conv2d", "Linear"], std=0.02))
        if isinstance(arch, str) and arch not in ARCHITECTURES:
            raise ValueError(f"ConvNeXt: arch={arch!r}; known: {', '.join(ARCHITECTURES)}")
        if output_stride not in (8, 16, 32):
            raise ValueError(f"ConvNeXt: output_stride={output_stride}; use 8, 16 or 32")
        if absent := [index for index in out_indices if index not in range(4)]:
            raise ValueError(f"ConvNeXt: out_indices={tuple(out_indices)}: map {absent[0]}; use 0 to 3")
        self.arch, self.out_indices = arch, tuple(out_indices)
        blocks, widths = ARCHITECTURES[arch] if isinstance(arch, str) else arch
        first = nn.Sequential(
            PatchConv(in_channels, widths[0], STEM, STEM), ChannelNorm(widths[0], eps=EPSILON)
        )
        self.downsample_layers = nn.ModuleList([first])
        self.stages = nn.ModuleList()
        stride, dilation, number, total = STEM, 1, 0, max(sum(blocks) - 1, 1)
        for stage, (count, width) in enumerate(zip(blocks, widths, strict=True)):
            if stage:
                step = 2 if stride * 2 <= output_stride else 1
                conv = PatchConv(widths[stage - 1], width, 2, step, dilation=1 if step > 1 else dilation)
                norm = ChannelNorm(widths[stage - 1], eps=EPSILON)
                self.downsample_layers.append(nn.Sequential(norm, conv))
                stride, dilation = stride * step, dilation if step > 1 else dilation * 2
            rates = [drop_path_rate * (number + i) / total for i in range(count)]
            self.stages.append(nn.Sequential(*(Block(width, dilation, layer_scale, r) for r in rates)))
            number += count
        for index in self.out_indices:
            self.add_module(f"norm{index}", ChannelNorm(widths[index], eps=EPSILON))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Compute feature maps.

        Args:
            x: Images, float (N, C, H, W), any size.

        Returns:
            The maps of `out_indices`, normalised, sizes rounded up.
        """
        maps = []
        for index, (down, stage) in enumerate(zip(self.downsample_layers, self.stages, strict=True)):
            x = stage(down(x))
            if index in self.out_indices:
                maps.append(getattr(self, f"norm{index}")(x))
        return tuple(maps)

    def rename_weights(self, state: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
        """Prepare weights of the classifier, or of an encoder, for `BackboneWeights`.

        Raises:
            ValueError: They are of another architecture.
        """
        given, own = convnext_arch(state), convnext_arch(self.state_dict())
        if given and given != own:
            raise ValueError(
                f"backbone weights {source} are those of ConvNeXt {given}, and this encoder is "
                f"arch={self.arch!r}: set model.backbone.arch={given!r}, or use other weights"
            )
        kept = {k: v for k, v in state.items() if k not in ("norm.weight", "norm.bias")}
        kept = {k: v for k, v in kept.items() if not k.startswith(NOT_ENCODER)}
        if any(k.startswith("norm") for k in kept):
            return kept
        fresh = {k: v for k, v in self.state_dict().items() if k.startswith("norm")}
        return {**fresh, **kept}
