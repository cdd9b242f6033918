"""Atrous spatial pyramid pooling as a sum of classifiers, for DeepLab v1 and v2."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.structures import PixelData
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor, nn

__all__ = ["ASPPSumHead", "shrink_label"]


def shrink_label(label: Tensor, size: tuple[int, int], stride: int) -> Tensor:
    """Subsample a label at the pixels where the cells of a feature map lie: cell k at pixel `stride` * k.

    Args:
        label: Class ids, int64 (..., H, W).
        size: (height, width) of the feature map.
        stride: Pixels per cell.

    Returns:
        Class ids, int64 (..., height, width); cells beyond the border repeat the last pixel.

    >>> shrink_label(torch.arange(17).expand(1, 17), (1, 3), 8)
    tensor([[ 0,  8, 16]])
    """
    rows = (torch.arange(size[0], device=label.device) * stride).clamp(max=label.shape[-2] - 1)
    columns = (torch.arange(size[1], device=label.device) * stride).clamp(max=label.shape[-1] - 1)
    return label[..., rows[:, None], columns]


@MODELS.register_module()
class ASPPSumHead(BaseDecodeHead):
    """Sum of parallel classifiers, trained on the label map at the size of the features.

    Over one map: 3x3 classifiers with different dilations (DeepLab v2 on ResNet: Chen et al., TPAMI 2017,
    section 3.2 and figure 7). Over one map per branch: 1x1 classifiers (v2 on VGG-16). With a single branch,
    this is the head of v1 (Chen et al., ICLR 2015), trained on labels subsampled by 8 (section 3.2).

    Args:
        in_channels: Channels of the map, or of each map.
        dilations: Dilation of every classifier.
        kernel_size: Side of every classifier.
        in_index: The map that all classifiers read, or one index per classifier.
        label_stride: Pixels per cell of the map.
        kwargs: Arguments of `BaseDecodeHead`.

    Raises:
        ValueError: The number of maps is neither one nor the number of classifiers.
    """

    def __init__(
        self,
        in_channels: int,
        dilations: Sequence[int] = (6, 12, 18, 24),
        kernel_size: int = 3,
        in_index: int | Sequence[int] = -1,
        label_stride: int = 8,
        **kwargs: Any,
    ) -> None:
        indices = [in_index] * len(dilations) if isinstance(in_index, int) else list(in_index)
        if len(indices) != len(dilations):
            raise ValueError(
                f"ASPPSumHead: in_index={in_index} names {len(indices)} maps for {len(dilations)} dilations; "
                "give one index, or one per dilation"
            )
        super().__init__(
            in_channels=in_channels,
            channels=in_channels,
            in_index=indices[0],
            **{"dropout_ratio": 0, "align_corners": True, "init_cfg": None, **kwargs},
        )
        del self.conv_seg
        self.indices = indices
        self.label_stride = label_stride
        self.classifiers = nn.ModuleList()
        for dilation in dilations:
            padding = dilation * (kernel_size // 2)
            conv = nn.Conv2d(in_channels, self.out_channels, kernel_size, padding=padding, dilation=dilation)
            nn.init.normal_(conv.weight, std=0.01)
            nn.init.zeros_(conv.bias)
            self.classifiers.append(conv)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Sum the scores of the classifiers.

        Args:
            inputs: Feature maps, float (N, in_channels, h, w) each.

        Returns:
            Logits, float (N, K, h, w).
        """
        return sum(conv(inputs[i]) for conv, i in zip(self.classifiers, self.indices, strict=True))

    def loss_by_feat(self, seg_logits: Tensor, batch_data_samples: list[SegDataSample]) -> dict[str, Tensor]:
        """Compute loss and accuracy against the subsampled label map.

        Args:
            seg_logits: Logits, float (N, K, h, w).
            batch_data_samples: Ground truth, int64 (1, H, W) each.

        Returns:
            Upstream's dictionary of losses and `acc_seg`.
        """
        size = (seg_logits.shape[2], seg_logits.shape[3])
        small = [
            SegDataSample(gt_sem_seg=PixelData(data=shrink_label(s.gt_sem_seg.data, size, self.label_stride)))
            for s in batch_data_samples
        ]
        return super().loss_by_feat(seg_logits, small)
