"""Input of a network: channels, their order and range, axes."""

from dataclasses import dataclass
from typing import Any

from torch import nn

from seg_plugins.ops.intensities import intensity_range

__all__ = ["InputSpec", "input_spec_of"]

BYTES = (0.0, 255.0)


@dataclass(frozen=True)
class InputSpec:
    """Input of a network, before normalisation.

    Attributes:
        channels: Number of channels C.
        order: "RGB" or "BGR" for three channels, "grey" for one, else "file": the order in the file.
        value_range: Smallest and largest number: 0 and 255 for 8 bits. For other images an estimate, three
            standard deviations on either side of the mean of their normalisation.
        axes: Spatial axes of the input, "HW".
    """

    channels: int
    order: str
    value_range: tuple[float, float]
    axes: str = "HW"


def input_channels(network: nn.Module) -> int | None:
    """Return the input channels of a network's first convolution; None if there is none."""
    encoder = getattr(network, "backbone", network)
    for module in encoder.modules():
        if isinstance(module, nn.Conv2d | nn.Conv3d):
            return module.in_channels
    return None


def statistics_of(network: nn.Module) -> tuple[list[float], list[float]]:
    """Return the mean and standard deviation for normalising images; empty if they are not normalised."""
    preprocessor = network.data_preprocessor
    if not getattr(preprocessor, "_enable_normalize", False):
        return [], []
    return preprocessor.mean.flatten().tolist(), preprocessor.std.flatten().tolist()


def input_spec_of(network: nn.Module, bgr_loader: bool = True, eight_bits: bool = True) -> InputSpec:
    """Describe the input of a segmentor.

    Args:
        network: The segmentor, with its data preprocessor.
        bgr_loader: Whether images of three channels are loaded in OpenCV's order, blue first.
        eight_bits: Whether images are loaded as 8 bits, whatever their files hold.
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
