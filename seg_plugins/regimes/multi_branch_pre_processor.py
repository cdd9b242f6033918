"""Normalisation and padding of each branch of a batch."""

from typing import Any

from mmengine.model import BaseDataPreprocessor
from mmseg.registry import MODELS
from torch import nn

__all__ = ["MultiBranchPreProcessor"]


@MODELS.register_module()
class MultiBranchPreProcessor(BaseDataPreprocessor):
    """Applies a segmentor's data preprocessor to every branch of a batch; test batches have no branches.

    Args:
        data_preprocessor: Preprocessor of the inner segmentor, or its config.
    """

    def __init__(self, data_preprocessor: nn.Module | dict) -> None:
        super().__init__()
        built = isinstance(data_preprocessor, nn.Module)
        self.data_preprocessor = data_preprocessor if built else MODELS.build(data_preprocessor)

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Normalise, pad and stack a batch.

        Args:
            data: `inputs` and `data_samples`, each a dictionary from branch to a list, with None for an
                image without that branch; or a batch without branches.
            training: Pad labels too.

        Returns:
            `inputs`: branch to (n, C, H, W) float32; `data_samples`: branch to a list. Branches without any
            image are left out.
        """
        if not isinstance(data["inputs"], dict):
            return self.data_preprocessor(data, training)
        inputs, samples = {}, {}
        for branch, images in data["inputs"].items():
            there = [i for i, image in enumerate(images) if image is not None]
            if not there:
                continue
            part = dict(
                inputs=[images[i] for i in there],
                data_samples=[data["data_samples"][branch][i] for i in there],
            )
            part = self.data_preprocessor(part, training)
            inputs[branch], samples[branch] = part["inputs"], part["data_samples"]
        return dict(inputs=inputs, data_samples=samples)
