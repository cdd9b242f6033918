"""The head of Mask2Former: queries that attend to the inside of their masks."""

from collections.abc import Sequence
from typing import Any

import torch
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import interpolate

from seg_plugins.ops.mask_queries import MaskPrediction
from seg_plugins.ops.sine_positions import sine_positions

from .deformable_pixel_decoder import DeformablePixelDecoder, FeedForward
from .mask_classification_head import MaskClassificationHead

__all__ = ["MaskedAttentionHead", "outside_mask"]


def outside_mask(masks: Tensor, size: tuple[int, int]) -> Tensor:
    """Return which pixels of a map a query does not see: those outside its mask.

    Cheng et al., Mask2Former, CVPR 2022, eq. 3. A query whose mask is empty sees all pixels.

    Args:
        masks: (N, Q, h', w') logits.
        size: (h, w) of the map.

    Returns:
        (N, Q, h * w) bool.
    """
    outside = interpolate(masks, size, mode="bilinear", align_corners=False).flatten(2) < 0
    return outside & ~outside.all(2, keepdim=True)


class _Attention(nn.Module):
    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x: Tensor, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        return x + self.attn(query, key, value, need_weights=False, attn_mask=mask)[0]


class _Layer(nn.Module):
    def __init__(self, channels: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.self_attn, self.cross_attn = _Attention(channels, heads), _Attention(channels, heads)
        self.ffn = FeedForward(channels, hidden)
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(3))

    def forward(self, x: Tensor, query: Tensor, key: Tensor, value: Tensor, outside: Tensor) -> Tensor:
        mask = outside.repeat_interleave(self.heads, 0)
        x = self.norms[0](self.cross_attn(x, x + query, key, value, mask))
        x = self.norms[1](self.self_attn(x, x + query, x + query, x, None))
        return self.norms[2](self.ffn(x))


@MODELS.register_module()
class MaskedAttentionHead(MaskClassificationHead):
    """Pixel decoder and transformer decoder of Mask2Former, with its loss after every layer.

    Cheng et al., Masked-attention Mask Transformer for Universal Image Segmentation, CVPR 2022,
    https://arxiv.org/abs/2112.01527, section 3. Before each layer of the transformer decoder, masks are
    predicted, and a query attends to the pixels of its mask in one of the coarse maps, from the coarsest to
    the finest in turn. Parameters have MMSegmentation's names, whose own class needs MMDetection and a
    compiled operator.

    Args:
        in_channels: Of the encoder's maps, the finest first; more maps than `num_levels` make finer masks.
        channels: C of the decoders.
        num_levels: Coarse maps that pixels and queries attend to.
        num_heads: Of all attentions.
        num_points: Points of each head and map in the pixel decoder.
        encoder_layers: Of the pixel decoder.
        decoder_layers: Of the transformer decoder.
        encoder_hidden: Channels between the linear layers of the pixel decoder.
        decoder_hidden: The same in the transformer decoder.
        in_index: Of the encoder's maps; None takes the first ones.
        norm_cfg: Normalisation after convolutions.
        kwargs: Of `MaskClassificationHead`: `num_classes`, `num_queries`, `loss_decode`.

    Raises:
        ValueError: The channels do not fit the heads, or there are fewer maps than levels.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 256,
        num_levels: int = 3,
        num_heads: int = 8,
        num_points: int = 4,
        encoder_layers: int = 6,
        decoder_layers: int = 9,
        encoder_hidden: int = 1024,
        decoder_hidden: int = 2048,
        in_index: Sequence[int] | None = None,
        norm_cfg: dict | None = None,
        **kwargs: Any,
    ) -> None:
        if channels % 4 or channels % num_heads or not 1 <= num_levels <= len(in_channels):
            raise ValueError(
                f"MaskedAttentionHead(channels={channels}, num_heads={num_heads}, num_levels={num_levels}, "
                f"in_channels={list(in_channels)}): channels is a multiple of 4 and of num_heads, and "
                "num_levels is in 1..len(in_channels)"
            )
        norm_cfg = norm_cfg or dict(type="GN", num_groups=32)
        super().__init__(
            in_channels=list(in_channels),
            channels=channels,
            in_index=list(in_index or range(len(in_channels))),
            input_transform="multiple_select",
            norm_cfg=norm_cfg,
            **kwargs,
        )
        self.pixel_decoder = DeformablePixelDecoder(
            in_channels, channels, num_levels, encoder_layers, num_heads, num_points, encoder_hidden, norm_cfg
        )
        layers = nn.ModuleList(_Layer(channels, num_heads, decoder_hidden) for _ in range(decoder_layers))
        self.transformer_decoder = nn.ModuleDict(dict(layers=layers, post_norm=nn.LayerNorm(channels)))
        for parameter in self.transformer_decoder.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_normal_(parameter)
        self.query_embed = nn.Embedding(self.num_queries, channels)
        self.query_feat = nn.Embedding(self.num_queries, channels)
        self.level_embed = nn.Embedding(num_levels, channels)
        self.cls_embed = nn.Linear(channels, self.num_classes + 1)
        self.mask_embed = nn.Sequential(
            nn.Linear(channels, channels),
            nn.ReLU(),
            nn.Linear(channels, channels),
            nn.ReLU(),
            nn.Linear(channels, channels),
        )

    def forward(self, inputs: Sequence[Tensor]) -> list[MaskPrediction]:
        """Predict masks and classes from the maps of an encoder.

        Args:
            inputs: (N, C_i, h, w) each, the finest first.

        Returns:
            In training, the predictions before each layer and the last one; else the last one alone.
        """
        features, coarse = self.pixel_decoder(self._transform_inputs(inputs))
        sizes = [(x.shape[2], x.shape[3]) for x in coarse]
        values = [
            x.flatten(2).transpose(1, 2) + embedding
            for x, embedding in zip(coarse, self.level_embed.weight, strict=True)
        ]
        keys = [
            value + sine_positions(*size, self.channels, value.device)
            for value, size in zip(values, sizes, strict=True)
        ]
        query = self.query_embed.weight.expand(len(features), -1, -1)
        x = self.query_feat.weight.expand(len(features), -1, -1)
        predictions = [self._predict(x, features)]
        for number, layer in enumerate(self.transformer_decoder["layers"]):
            level = number % len(values)
            outside = outside_mask(predictions[-1].masks.detach(), sizes[level])
            x = layer(x, query, keys[level], values[level], outside)
            predictions.append(self._predict(x, features))
        return predictions if self.training else predictions[-1:]

    def _predict(self, x: Tensor, features: Tensor) -> MaskPrediction:
        x = self.transformer_decoder["post_norm"](x)
        masks = torch.einsum("nqc,nchw->nqhw", self.mask_embed(x), features)
        return MaskPrediction(self.cls_embed(x), masks)
