"""Normalisation and padding that names the image with a wrong number of channels."""

from collections.abc import Sequence
from typing import Any

import torch
from mmseg.models.data_preprocessor import SegDataPreProcessor
from mmseg.registry import MODELS

__all__ = ["CheckedPreProcessor"]


@MODELS.register_module()
class CheckedPreProcessor(SegDataPreProcessor):
    """`SegDataPreProcessor` for any number of channels, with a clear error for an image that differs.

    Upstream accepts one or three means only, and a wrong image fails in broadcasting. An image of one grey
    channel is repeated to the number of means.

    Args:
        mean: Mean of each channel, in the unit of the images, after any change of channel order.
        std: Standard deviation of each channel.
        kwargs: Arguments of `SegDataPreProcessor`.

    Raises:
        ValueError: `mean` and `std` differ in length.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], **kwargs: Any) -> None:
        if len(mean) != len(std):
            raise ValueError(f"data_preprocessor: {len(mean)} means but {len(std)} standard deviations")
        super().__init__(**kwargs)
        self._enable_normalize = True
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(-1, 1, 1), False)
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(-1, 1, 1), False)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Normalise and pad a batch.

        Args:
            data: `inputs`, images (C, H, W) of any real type, and `data_samples`.
            training: Pad labels too.

        Returns:
            `inputs`, float32 (N, C, H, W), and `data_samples`.

        Raises:
            ValueError: An image has neither one channel nor as many as there are means.
        """
        channels = len(self.mean)
        samples = data.get("data_samples") or [None] * len(data["inputs"])
        images = []
        for image, sample in zip(data["inputs"], samples, strict=True):
            if image.shape[0] not in (1, channels):
                name = sample.metainfo.get("img_path", "?") if sample is not None else "?"
                raise ValueError(
                    f"image {name} has {image.shape[0]} channels, but data_preprocessor.mean has {channels}: "
                    f'load with color_type="color", or set model.backbone.in_channels={image.shape[0]} and '
                    f"{image.shape[0]} values for mean and std of model.data_preprocessor"
                )
            images.append(image.expand(channels, -1, -1))
        return super().forward({**data, "inputs": images}, training)
