"""An encoder-decoder whose heads take their channels from the encoder."""

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS
from torch import Tensor, nn

__all__ = ["FittedEncoderDecoder", "encoder_maps", "fitted_head"]

SIDE = 64  # pixels of the image on which an encoder shows its maps
OWN_ENCODERS = {  # heads that read what one encoder gives
    "DDRHead": "DDRNet",
    "FCNSkipHead": "FCNVGG",
    "ICHead": "ICNet",
    "PIDHead": "PIDNet",
    "SegNetHead": "SegNetEncoder",
}


def encoder_maps(encoder: nn.Module, neck: nn.Module | None = None) -> list[Tensor]:
    """Return the maps that an encoder gives for a small image of zeros, float (1, C, h, w) each.

    Statistics and modes stay as they are.

    Raises:
        ValueError: It gives something else.
    """
    weight = next(p for p in encoder.parameters() if p.ndim == 4)
    modes = [(module, module.training) for module in encoder.modules()]
    encoder.eval()
    try:
        with torch.no_grad():
            image = torch.zeros(1, weight.shape[1], SIDE, SIDE, device=weight.device, dtype=weight.dtype)
            maps = encoder(image)
            maps = neck(maps) if neck is not None else maps
    finally:
        for module, training in modes:
            module.training = training
    if isinstance(maps, Tensor):
        maps = (maps,)
    if not all(isinstance(m, Tensor) and m.ndim == 4 for m in maps):
        raise ValueError(
            f"model.backbone.type={type(encoder).__name__} gives more than feature maps: only its own head "
            "reads that. Use type='EncoderDecoder' with that head, or another encoder"
        )
    return list(maps)


def argument(cfg: dict[str, Any], name: str) -> Any:
    """Return the value of a head's argument: that of the config, else the default; None if it has none."""
    if name in cfg:
        return cfg[name]
    for kind in inspect.getmro(MODELS.get(cfg["type"])):
        parameter = inspect.signature(kind).parameters.get(name)
        if parameter is not None and parameter.default is not inspect.Parameter.empty:
            return parameter.default
    return None


def fitted_head(cfg: dict[str, Any], maps: Sequence[Tensor], encoder: str, place: str) -> dict[str, Any]:
    """Return a head's config with the channels (and strides) of the maps that it reads.

    Args:
        cfg: Config of the head; `in_index` names the maps.
        maps: Maps of the encoder, float (1, C, h, w) each.
        encoder: Name of the encoder, for messages.
        place: Key of the head, for messages.

    Raises:
        ValueError: The encoder does not give these maps, or the head reads those of one encoder only.
    """
    if cfg["type"] in OWN_ENCODERS:
        own = OWN_ENCODERS[cfg["type"]]
        raise ValueError(
            f"{place}.type={cfg['type']} reads what {own} gives, not the maps of {encoder}: use it with "
            f"{own} and type='EncoderDecoder', or take another head"
        )
    index = argument(cfg, "in_index")
    index = -1 if index is None else index
    indices = [index] if isinstance(index, int) else list(index)
    strides = [SIDE // m.shape[-1] for m in maps]
    if absent := [i for i in indices if not -len(maps) <= i < len(maps)]:
        raise ValueError(
            f"{place}.in_index={index} asks for map {absent[0]}, and {encoder} gives {len(maps)}, at strides "
            f"{', '.join(map(str, strides))}: name maps from 0 to {len(maps) - 1} in in_index, or let the "
            "encoder give more (out_indices)"
        )
    channels = [maps[i].shape[1] for i in indices]
    fitted = {**cfg, "in_channels": channels[0] if isinstance(index, int) else channels}
    if argument(cfg, "feature_strides") is not None or cfg["type"] == "FPNHead":
        fitted["feature_strides"] = [strides[i] for i in indices]
    if cfg.get("c1_in_channels"):
        fitted["c1_in_channels"] = maps[0].shape[1]
    return fitted


@MODELS.register_module()
class FittedEncoderDecoder(EncoderDecoder):
    """`EncoderDecoder` for any head on any encoder: heads get `in_channels` from the maps that they read.

    A head names its maps by `in_index`; `in_channels`, `c1_in_channels` and `feature_strides` follow from the
    encoder, whatever the config says. Weights are those of `EncoderDecoder`.

        model = dict(type="FittedEncoderDecoder", backbone=dict(_delete_=True, type="EfficientNetLite"))
    """

    def _init_decode_head(self, decode_head: dict[str, Any]) -> None:
        super()._init_decode_head(self._fitted(decode_head, "model.decode_head"))

    def _init_auxiliary_head(self, auxiliary_head: dict[str, Any] | list[dict[str, Any]] | None) -> None:
        if isinstance(auxiliary_head, list):
            auxiliary_head = [self._fitted(head, "model.auxiliary_head") for head in auxiliary_head]
        elif auxiliary_head is not None:
            auxiliary_head = self._fitted(auxiliary_head, "model.auxiliary_head")
        super()._init_auxiliary_head(auxiliary_head)

    def _fitted(self, cfg: dict[str, Any], place: str) -> dict[str, Any]:
        maps = encoder_maps(self.backbone, self.neck if self.with_neck else None)
        encoder = type(self.backbone).__name__
        if cfg["type"] == "AuxiliaryHeads":
            shared = cfg.get("common") or {}
            heads = [fitted_head({**shared, **head}, maps, encoder, place) for head in cfg["heads"]]
            return {**cfg, "heads": heads}
        return fitted_head(dict(cfg), maps, encoder, place)
