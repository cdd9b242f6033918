"""Pixel decoder of Mask2Former: deformable attention over the maps of an encoder."""

import math
from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn
from torch.nn.functional import interpolate

from seg_plugins.ops.deformable_attention import deformable_attention, pixel_centres
from seg_plugins.ops.sine_positions import sine_positions

__all__ = ["DeformablePixelDecoder", "FeedForward"]


class FeedForward(nn.Module):
    """Two linear layers with a ReLU between them, added to their input.

    Args:
        channels: C.
        hidden: Channels between the layers.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        first = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU())
        self.layers = nn.Sequential(first, nn.Linear(hidden, channels))

    def forward(self, x: Tensor) -> Tensor:
        """Transform tokens (N, L, C)."""
        return x + self.layers(x)


class _DeformableAttention(nn.Module):
    def __init__(self, channels: int, heads: int, levels: int, points: int) -> None:
        super().__init__()
        self.shape = (heads, levels, points)
        self.sampling_offsets = nn.Linear(channels, heads * levels * points * 2)
        self.attention_weights = nn.Linear(channels, heads * levels * points)
        self.value_proj, self.output_proj = nn.Linear(channels, channels), nn.Linear(channels, channels)
        self._reset()

    @torch.no_grad()
    def _reset(self) -> None:
        """Let every head begin with equal weights in a direction of its own, one pixel further per point."""
        heads, levels, points = self.shape
        angles = torch.arange(heads, dtype=torch.float32) * (2 * math.pi / heads)
        directions = torch.stack([angles.cos(), angles.sin()], 1)
        directions = directions / directions.abs().amax(1, keepdim=True)
        steps = torch.arange(1, points + 1, dtype=torch.float32)
        offsets = directions[:, None, None] * steps[:, None]
        self.sampling_offsets.bias.copy_(offsets.expand(heads, levels, points, 2).flatten())
        for part in (self.sampling_offsets, self.attention_weights):
            nn.init.zeros_(part.weight)
        nn.init.zeros_(self.attention_weights.bias)
        for part in (self.value_proj, self.output_proj):
            nn.init.xavier_uniform_(part.weight)
            nn.init.zeros_(part.bias)

    def forward(
        self, x: Tensor, positions: Tensor, references: Tensor, sizes: Sequence[tuple[int, int]]
    ) -> Tensor:
        query, (heads, levels, points) = x + positions, self.shape
        offsets = self.sampling_offsets(query).unflatten(2, (heads, levels, points, 2))
        weights = self.attention_weights(query).unflatten(2, (heads, -1)).float().softmax(-1)
        maps = _maps(self.value_proj(x), sizes)
        mixed = deformable_attention(maps, references, offsets, weights.unflatten(3, (levels, points)))
        return x + self.output_proj(mixed)


class _Layer(nn.Module):
    def __init__(self, channels: int, heads: int, hidden: int, levels: int, points: int) -> None:
        super().__init__()
        self.self_attn = _DeformableAttention(channels, heads, levels, points)
        self.ffn = FeedForward(channels, hidden)
        for part in (self.ffn.layers[0][0], self.ffn.layers[1]):
            nn.init.xavier_normal_(part.weight)
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(2))

    def forward(
        self, x: Tensor, positions: Tensor, references: Tensor, sizes: Sequence[tuple[int, int]]
    ) -> Tensor:
        x = self.norms[0](self.self_attn(x, positions, references, sizes))
        return self.norms[1](self.ffn(x))


def _maps(tokens: Tensor, sizes: Sequence[tuple[int, int]]) -> list[Tensor]:
    parts = tokens.split([height * width for height, width in sizes], 1)
    return [part.transpose(1, 2).unflatten(2, size) for part, size in zip(parts, sizes, strict=True)]


class DeformablePixelDecoder(nn.Module):
    """Attention between all pixels of an encoder's coarse maps, and an FPN over its fine ones.

    Cheng et al., Mask2Former, CVPR 2022, section 3.2.1: MSDeformAttn. Parameters have MMSegmentation's names.

    Args:
        in_channels: Of the encoder's maps, the finest first.
        channels: C inside, a multiple of 4 and of the heads.
        num_levels: Coarse maps that attend, counted from the coarsest.
        num_layers: Layers of attention.
        num_heads: M of the attention.
        num_points: P of each head and map.
        hidden: Channels between the two linear layers after an attention.
        norm_cfg: Normalisation after convolutions.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int,
        num_levels: int,
        num_layers: int,
        num_heads: int,
        num_points: int,
        hidden: int,
        norm_cfg: dict,
    ) -> None:
        super().__init__()
        own = dict(norm_cfg=norm_cfg, act_cfg=None)
        coarse, fine = in_channels[::-1][:num_levels], in_channels[::-1][num_levels:]
        self.input_convs = nn.ModuleList(ConvModule(c, channels, 1, bias=True, **own) for c in coarse)
        self.encoder = nn.ModuleDict(
            dict(
                layers=nn.ModuleList(
                    _Layer(channels, num_heads, hidden, num_levels, num_points) for _ in range(num_layers)
                )
            )
        )
        self.level_encoding = nn.Embedding(num_levels, channels)
        self.lateral_convs = nn.ModuleList(ConvModule(c, channels, 1, bias=False, **own) for c in fine)
        self.output_convs = nn.ModuleList(
            ConvModule(channels, channels, 3, padding=1, bias=False, norm_cfg=norm_cfg) for _ in fine
        )
        self.mask_feature = nn.Conv2d(channels, channels, 1)
        for block in self.input_convs:
            nn.init.xavier_uniform_(block.conv.weight)
            nn.init.zeros_(block.conv.bias)
        for block in (*self.lateral_convs, *self.output_convs):
            nn.init.kaiming_uniform_(block.conv.weight, a=1)
        nn.init.kaiming_uniform_(self.mask_feature.weight, a=1)
        nn.init.zeros_(self.mask_feature.bias)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Decode the encoder's maps.

        Args:
            inputs: (N, C_i, h, w) each, the finest first.

        Returns:
            The map (N, C, h, w) of the masks, as fine as the finest input, and the coarse maps
            (N, C, h, w), the coarsest first.
        """
        levels = len(self.input_convs)
        projected = [conv(x) for conv, x in zip(self.input_convs, inputs[::-1][:levels], strict=True)]
        sizes = [(x.shape[2], x.shape[3]) for x in projected]
        device, channels = projected[0].device, projected[0].shape[1]
        positions = torch.cat(
            [
                sine_positions(*size, channels, device) + embedding
                for size, embedding in zip(sizes, self.level_encoding.weight, strict=True)
            ]
        )
        references = torch.cat([pixel_centres(*size, device) for size in sizes])
        tokens = torch.cat([x.flatten(2).transpose(1, 2) for x in projected], 1)
        for layer in self.encoder["layers"]:
            tokens = layer(tokens, positions, references, sizes)
        coarse = _maps(tokens, sizes)
        finest = coarse[-1]
        for lateral, output, x in zip(
            self.lateral_convs, self.output_convs, inputs[::-1][levels:], strict=True
        ):
            x = lateral(x)
            finest = output(x + interpolate(finest, x.shape[2:], mode="bilinear", align_corners=False))
        return self.mask_feature(finest), coarse
