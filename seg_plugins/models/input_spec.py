"""What a network takes: channels, their order and range, axes."""

from dataclasses import dataclass
from typing import Any

from torch import nn

from seg_plugins.ops.intensities import intensity_range

__all__ = ["InputSpec", "input_spec_of"]

BYTES = (0.0, 255.0)


@dataclass(frozen=True)
class InputSpec:
    """What a network takes, before normalisation.

    Attributes:
        channels: C.
        order: "RGB" or "BGR" of three channels, "grey" of one, else "file": as they stand in the file.
        value_range: Smallest and largest number: 0 and 255 of 8 bits; of other images an estimate, three
            standard deviations on either side of the mean that they are normalised with.
        axes: Spatial axes of the input, "HW".
    """

    channels: int
    order: str
    value_range: tuple[float, float]
    axes: str = "HW"


def input_channels(network: nn.Module) -> int | None:
    """Channels that the first convolution of a network takes; None where there is none."""
    encoder = getattr(network, "backbone", network)
    for module in encoder.modules():
        if isinstance(module, nn.Conv2d | nn.Conv3d):
            return module.in_channels
    return None


def statistics_of(network: nn.Module) -> tuple[list[float], list[float]]:
    """Mean and standard deviation that images are normalised with; empty where they are not."""
    preprocessor = network.data_preprocessor
    if not getattr(preprocessor, "_enable_normalize", False):
        return [], []
    return preprocessor.mean.flatten().tolist(), preprocessor.std.flatten().tolist()


def input_spec_of(network: nn.Module, bgr_loader: bool = True, eight_bits: bool = True) -> InputSpec:
    """What a segmentor takes.

    Args:
        network: The segmentor, with its data preprocessor.
        bgr_loader: Whether images of three channels are loaded in OpenCV's order, blue first.
        eight_bits: Whether they are loaded as 8 bits, whatever their file holds.
    """
    mean, std = statistics_of(network)
    channels = input_channels(network) or (len(mean) if len(mean) > 1 else 3)
    order: Any = {1: "grey", 3: "file"}.get(channels, "file")
    if channels == 3 and bgr_loader:
        order = "RGB" if getattr(network.data_preprocessor, "_channel_conversion", False) else "BGR"
    if eight_bits or not mean:
        return InputSpec(channels, order, BYTES)
    lows, highs = zip(*(intensity_range(m, s) for m, s in zip(mean, std, strict=True)), strict=True)
    return InputSpec(channels, order, (min(lows), max(highs)))
