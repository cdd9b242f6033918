"""The head of K-Net that takes the class count from one place."""

from copy import deepcopy
from typing import Any

from mmseg.models.decode_heads import IterativeDecodeHead
from mmseg.registry import MODELS

__all__ = ["KNetHead"]


@MODELS.register_module()
class KNetHead(IterativeDecodeHead):
    """Upstream's `IterativeDecodeHead` with equal stages; weights are upstream's.

    Source: Zhang et al., NeurIPS 2021, https://arxiv.org/abs/2106.14855.

    Args:
        num_classes: Of all stages, and of the head that makes the first kernels.
        num_stages: Updates of the kernels.
        kernel_generate_head: Config of the head that makes the first kernels.
        kernel_update_head: Config of a stage.
    """

    def __init__(
        self,
        num_classes: int,
        num_stages: int,
        kernel_generate_head: dict[str, Any],
        kernel_update_head: dict[str, Any],
    ) -> None:
        stage = {**kernel_update_head, "num_classes": num_classes}
        super().__init__(
            num_stages,
            {**kernel_generate_head, "num_classes": num_classes},
            [deepcopy(stage) for _ in range(num_stages)],  # upstream takes values out of it
        )
