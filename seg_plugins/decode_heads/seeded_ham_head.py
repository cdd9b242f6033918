"""SegNeXt's head, which predicts the same each time."""

from functools import lru_cache
from typing import Any

import torch
from mmseg.models.decode_heads.ham_head import NMF2D, LightHamHead
from mmseg.registry import MODELS
from torch import Tensor
from torch.nn.functional import normalize

__all__ = ["SeededHamHead", "SeededNMF2D", "fixed_bases"]


@lru_cache(maxsize=16)
def fixed_bases(shape: tuple[int, int, int], device: torch.device | str | None) -> Tensor:
    """Return bases (S, D, R) of one fixed draw, made once for a process; they are not to be changed."""
    generator = torch.Generator().manual_seed(0)
    with torch.inference_mode(False):
        return normalize(torch.rand(shape, generator=generator), dim=1).to(device)


class SeededNMF2D(NMF2D):
    """Matrix factorisation with first bases that are drawn anew in training only, else always the same."""

    def _build_bases(
        self, B: int, S: int, D: int, R: int, device: torch.device | str | None = None
    ) -> Tensor:
        if self.training:
            return super()._build_bases(B, S, D, R, device)
        return fixed_bases((S, D, R), device).repeat(B, 1, 1)


@MODELS.register_module()
class SeededHamHead(LightHamHead):
    """Upstream's `LightHamHead`, whose predictions depend on random numbers drawn at each call.

    Here they are those of one fixed draw, whatever the batch. Weights and training are upstream's.

    Source: Guo et al., SegNeXt, NeurIPS 2022, https://arxiv.org/abs/2209.08575.

    Args:
        ham_channels: Channels within the factorisation.
        ham_kwargs: Arguments of the factorisation.
        kwargs: Arguments of `BaseDecodeHead`.
    """

    def __init__(
        self, ham_channels: int = 512, ham_kwargs: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        ham_kwargs = dict(ham_kwargs or {})
        super().__init__(ham_channels, ham_kwargs, **kwargs)
        self.hamburger.ham = SeededNMF2D(ham_kwargs)
