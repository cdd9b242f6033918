"""A plain vision transformer that leaves its last blocks to a head with queries."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad, scaled_dot_product_attention

from .dino_weights import fit_dino

__all__ = ["QueryTokens", "QueryViT", "ViTBlock"]


class QueryTokens(NamedTuple):
    """Tokens of a batch in the middle of a transformer, and what remains of the transformer.

    Attributes:
        tokens: (N, P + h * w, C): prefix tokens, then patches row by row.
        prefix: P, the class token and the registers.
        grid: (h, w).
        patch_size: Pixels of a patch's side.
        blocks: Blocks that are still to come.
        norm: Normalisation after the last block.
    """

    tokens: Tensor
    prefix: int
    grid: tuple[int, int]
    patch_size: int
    blocks: Sequence[nn.Module]
    norm: nn.Module


class _Attention(nn.Module):
    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        qkv = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = scaled_dot_product_attention(*qkv.unbind(0), attn_mask=mask)
        return self.proj(mixed.transpose(1, 2).flatten(2))


class _MLP(nn.Module):
    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.fc1, self.act, self.fc2 = nn.Linear(channels, hidden), nn.GELU(), nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.act(self.fc1(x)))


class _Scale(nn.Module):
    def __init__(self, channels: int, value: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((channels,), value))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class ViTBlock(nn.Module):
    """Attention and MLP with normalisation before, and a scale for each channel after both (LayerScale).

    Args:
        channels: C.
        heads: Of the attention.
        hidden: Channels inside the MLP.
        scale: Initial value of the scales.
    """

    def __init__(self, channels: int, heads: int, hidden: int, scale: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(channels, 1e-6), nn.LayerNorm(channels, 1e-6)
        self.attn, self.mlp = _Attention(channels, heads), _MLP(channels, hidden)
        self.ls1, self.ls2 = _Scale(channels, scale), _Scale(channels, scale)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Transform tokens (N, L, C).

        Args:
            x: Tokens.
            mask: (N, 1, L, L) bool, True where a token (row) sees a token (column); None sees all.
        """
        x = x + self.ls1(self.attn(self.norm1(x), mask))
        return x + self.ls2(self.mlp(self.norm2(x)))


@MODELS.register_module()
class QueryViT(BaseModule):
    """Plain vision transformer with DINOv2's parameters, whose last blocks run in the decode head.

    Kerssies et al., EoMT, CVPR 2025, https://arxiv.org/abs/2503.19108: the head adds its queries to the
    tokens before the last blocks. Parameters have DINOv2's names (Oquab et al., TMLR 2024). Images whose
    sides are not multiples of the patch are padded on the right and at the bottom.

    Args:
        img_size: (H, W) for which position embeddings are stored; for others they are interpolated.
        patch_size: Pixels of a patch's side.
        in_channels: Of the images.
        embed_dims: C.
        num_layers: All blocks.
        num_heads: Of the attention.
        mlp_ratio: Channels inside the MLP / C.
        num_registers: Further prefix tokens beside the class token.
        query_layers: Last blocks that are left to the head.
        layer_scale: Initial value of the scales of a block.
        init_cfg: Weights to begin from, such as `BackboneWeights`.

    Raises:
        ValueError: `query_layers` is not in 1..num_layers, or heads do not divide the channels.
    """

    def __init__(
        self,
        img_size: Sequence[int] = (512, 512),
        patch_size: int = 16,
        in_channels: int = 3,
        embed_dims: int = 1024,
        num_layers: int = 24,
        num_heads: int = 16,
        mlp_ratio: float = 4.0,
        num_registers: int = 4,
        query_layers: int = 4,
        layer_scale: float = 1.0,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if not 1 <= query_layers <= num_layers or embed_dims % num_heads:
            raise ValueError(
                f"QueryViT(query_layers={query_layers}, num_layers={num_layers}, embed_dims={embed_dims}, "
                f"num_heads={num_heads}): query_layers is in 1..num_layers, and num_heads divides embed_dims"
            )
        self.patch_size, self.query_layers = patch_size, query_layers
        self.grid = tuple(-(-side // patch_size) for side in img_size)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, embed_dims))
        self.register_tokens = nn.Parameter(torch.zeros(1, num_registers, embed_dims))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.grid[0] * self.grid[1], embed_dims))
        self.patch_embed = nn.ModuleDict(
            dict(proj=nn.Conv2d(in_channels, embed_dims, patch_size, stride=patch_size))
        )
        hidden = int(embed_dims * mlp_ratio)
        self.blocks = nn.ModuleList(
            ViTBlock(embed_dims, num_heads, hidden, layer_scale) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(embed_dims, 1e-6)
        for parameter in (self.cls_token, self.register_tokens, self.pos_embed):
            nn.init.trunc_normal_(parameter, std=0.02)

    def rename_weights(self, state: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
        """Convert a state dictionary of DINOv2 to this network's patch size, grid and tokens."""
        return fit_dino(state, self.patch_size, self.grid)

    def positions(self, grid: tuple[int, int]) -> Tensor:
        """Return the position embeddings (1, h * w, C) of a grid of patches."""
        if grid == self.grid:
            return self.pos_embed
        maps = self.pos_embed.transpose(1, 2).unflatten(2, self.grid)
        return interpolate(maps, grid, mode="bicubic", align_corners=False).flatten(2).transpose(1, 2)

    def forward(self, x: Tensor) -> QueryTokens:
        """Run the first blocks on images (N, C_in, H, W)."""
        missing = [-side % self.patch_size for side in x.shape[2:]]
        if any(missing):
            x = pad(x, (0, missing[1], 0, missing[0]))
        x = self.patch_embed["proj"](x)
        grid = (x.shape[2], x.shape[3])
        patches = x.flatten(2).transpose(1, 2) + self.positions(grid)
        prefix = torch.cat([self.cls_token, self.register_tokens], 1)
        tokens = torch.cat([prefix.expand(len(x), -1, -1), patches], 1)
        for block in self.blocks[: -self.query_layers]:
            tokens = block(tokens)
        remaining = tuple(self.blocks[-self.query_layers :])
        return QueryTokens(tokens, prefix.shape[1], grid, self.patch_size, remaining, self.norm)
