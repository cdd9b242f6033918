"""The head of EoMT: queries in the last blocks of a plain vision transformer."""

from typing import Any

import torch
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import interpolate

from seg_plugins.backbones.query_vit import QueryTokens
from seg_plugins.ops.mask_queries import MaskPrediction

from .mask_classification_head import MaskClassificationHead

__all__ = ["EoMTHead", "query_mask"]


def query_mask(masks: Tensor, grid: tuple[int, int], prefix: int, masked: Tensor) -> Tensor:
    """Return which tokens see which, where queries see only the patches of their masks.

    The order of the tokens is queries, prefix, patches. Queries see all queries and the prefix, and all
    others see everything.

    Args:
        masks: (N, Q, h', w') logits.
        grid: (h, w) patches.
        prefix: Tokens between queries and patches.
        masked: (N, Q) bool; other queries see all patches.

    Returns:
        (N, 1, L, L) bool with L = Q + prefix + h * w.
    """
    inside = interpolate(masks, grid, mode="bilinear", align_corners=False).flatten(2) > 0
    count, queries, patches = inside.shape
    length = queries + prefix + patches
    seen = torch.ones(count, 1, length, length, dtype=torch.bool, device=masks.device)
    seen[:, 0, :queries, queries + prefix :] = inside | ~masked[..., None]
    return seen


class _LayerNorm2d(nn.LayerNorm):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def _upscale(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.ConvTranspose2d(channels, channels, 2, stride=2),
        nn.GELU(),
        nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
        _LayerNorm2d(channels, 1e-6),
    )


@MODELS.register_module()
class EoMTHead(MaskClassificationHead):
    """Queries that join the tokens of a `QueryViT` in its last blocks.

    Kerssies et al., Your ViT is Secretly an Image Segmentation Model, CVPR 2025,
    https://arxiv.org/abs/2503.19108, section 3. Before each of those blocks, masks are predicted, and with
    the block's probability a query sees only the patches of its mask. `MaskAnnealingHook` lowers the
    probabilities from 1 to 0 in training, so that at its end nothing is masked. In evaluation a block masks
    if its probability is at least 0.5.

    Args:
        in_channels: C of the encoder.
        query_layers: Blocks that the encoder leaves to this head.
        num_upscales: Doublings of the patch grid for the masks.
        kwargs: Of `MaskClassificationHead`: `num_classes`, `num_queries`, `loss_decode`.
    """

    def __init__(self, in_channels: int, query_layers: int = 4, num_upscales: int = 2, **kwargs: Any) -> None:
        super().__init__(in_channels=in_channels, channels=in_channels, **kwargs)
        self.query = nn.Embedding(self.num_queries, in_channels)
        self.upscale = nn.Sequential(*(_upscale(in_channels) for _ in range(num_upscales)))
        self.mask_mlp = nn.Sequential(
            nn.Linear(in_channels, in_channels),
            nn.GELU(),
            nn.Linear(in_channels, in_channels),
            nn.GELU(),
            nn.Linear(in_channels, in_channels),
        )
        self.query_classifier = nn.Linear(in_channels, self.num_classes + 1)
        self.register_buffer("mask_probability", torch.ones(query_layers))
        self.fixed_probability: list[float] | None = None

    def fix_branches(self) -> None:
        """Keep the probabilities as numbers, so that a traced forward pass can branch on them."""
        self.fixed_probability = self.mask_probability.tolist()

    def forward(self, inputs: QueryTokens) -> list[MaskPrediction]:
        """Run the last blocks with queries.

        Args:
            inputs: Output of `QueryViT`.

        Returns:
            In training, the predictions before each block and the last one; else the last one alone.

        Raises:
            ValueError: The encoder leaves another number of blocks.
        """
        if len(inputs.blocks) != len(self.mask_probability):
            raise ValueError(
                f"model.decode_head.query_layers={len(self.mask_probability)}, and the encoder leaves "
                f"{len(inputs.blocks)} blocks: give model.backbone.query_layers the same value"
            )
        tokens = inputs.tokens
        tokens = torch.cat([self.query.weight.expand(len(tokens), -1, -1).to(tokens.dtype), tokens], 1)
        predictions = []
        fixed = None if self.training else self.fixed_probability
        for block, probability in zip(inputs.blocks, fixed or self.mask_probability, strict=True):
            mask = None
            if self.training or probability >= 0.5:
                predictions.append(self._predict(tokens, inputs))
                draw = torch.rand if self.training else torch.zeros
                masked = draw(len(tokens), self.num_queries, device=tokens.device) <= probability
                mask = query_mask(predictions[-1].masks.detach(), inputs.grid, inputs.prefix, masked)
            tokens = block(tokens, mask)
        last = self._predict(tokens, inputs)
        return [*predictions, last] if self.training else [last]

    def _predict(self, tokens: Tensor, inputs: QueryTokens) -> MaskPrediction:
        tokens = inputs.norm(tokens)
        queries, patches = tokens[:, : self.num_queries], tokens[:, self.num_queries + inputs.prefix :]
        maps = self.upscale(patches.transpose(1, 2).unflatten(2, inputs.grid))
        masks = torch.einsum("nqc,nchw->nqhw", self.mask_mlp(queries), maps)
        canvas = (inputs.grid[0] * inputs.patch_size, inputs.grid[1] * inputs.patch_size)
        return MaskPrediction(self.query_classifier(queries), masks, canvas)
