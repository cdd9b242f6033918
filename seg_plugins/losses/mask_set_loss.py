"""The loss of a set of masks: classes and masks of queries that are assigned to segments."""

from collections.abc import Sequence

import torch
from mmengine.dist import all_reduce
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from seg_plugins.ops.mask_queries import MaskPrediction, MaskTargets
from seg_plugins.ops.point_sampling import random_points, sample_points, uncertain_points

from .mask_matching import dice_costs, mask_costs, match_queries

__all__ = ["MaskSetLoss", "point_mask_losses"]

Matches = list[tuple[Tensor, Tensor]]


def point_mask_losses(logits: Tensor, targets: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the binary cross entropy and the Dice loss of matched masks at points.

    Args:
        logits: (M, P) float.
        targets: (M, P) in 0..1.
        valid: (M, P) in 0..1, weights of the points.

    Returns:
        Two (M,) vectors.
    """
    entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none") * valid
    probabilities, targets = logits.sigmoid() * valid, targets * valid
    overlap, total = (probabilities * targets).sum(1), probabilities.sum(1) + targets.sum(1)
    return entropy.sum(1) / valid.sum(1).clamp_min(1e-6), 1 - (2 * overlap + 1) / (total + 1)


@MODELS.register_module()
class MaskSetLoss(nn.Module):
    """Loss of mask classification: every segment is assigned to one query, the others learn "no object".

    Cheng et al., Mask2Former, CVPR 2022, sections 3.2.2 and 4.1. Costs and losses of masks are computed at
    points: uniform ones for the assignment, mostly uncertain ones for the loss. Pixels without a label do not
    count. All is computed in float32, and costs that are not finite are taken as very large, so half
    precision cannot stop a training here. In evaluation mode the points are the same for every batch.

    Args:
        num_points: Points of each mask.
        oversample: Candidates for each point; see `uncertain_points`.
        uncertain: Share of uncertain points, 0..1.
        class_loss_weight: Weight of the cross entropy of the classes, in cost and loss.
        mask_loss_weight: Weight of the binary cross entropy of the masks.
        dice_loss_weight: Weight of the Dice loss of the masks.
        no_object_weight: Weight of queries without a segment in the cross entropy of the classes.
    """

    def __init__(
        self,
        num_points: int = 12544,
        oversample: float = 3.0,
        uncertain: float = 0.75,
        class_loss_weight: float = 2.0,
        mask_loss_weight: float = 5.0,
        dice_loss_weight: float = 5.0,
        no_object_weight: float = 0.1,
    ) -> None:
        super().__init__()
        if num_points < 1 or oversample < 1 or not 0 <= uncertain <= 1:
            raise ValueError(
                f"MaskSetLoss(num_points={num_points}, oversample={oversample}, uncertain={uncertain}): "
                "num_points and oversample are at least 1, uncertain is in 0..1"
            )
        self.num_points, self.oversample, self.uncertain = num_points, oversample, uncertain
        self.class_loss_weight, self.no_object_weight = class_loss_weight, no_object_weight
        self.mask_loss_weight, self.dice_loss_weight = mask_loss_weight, dice_loss_weight

    def forward(self, prediction: MaskPrediction, targets: Sequence[MaskTargets]) -> dict[str, Tensor]:
        """Compute the weighted losses of a batch.

        Args:
            prediction: Of N images.
            targets: N, each with masks at the size that the predicted masks cover.

        Returns:
            Scalars `loss_cls`, `loss_mask` and `loss_dice`.
        """
        generator = None if self.training else torch.Generator().manual_seed(0)
        with torch.autocast(prediction.masks.device.type, enabled=False):
            classes, masks = prediction.classes.float(), prediction.masks.float()
            matches = self.match(classes, masks, targets, generator)
            entropy, dice = self._mask_losses(masks, targets, matches, generator)
            return dict(
                loss_cls=self.class_loss_weight * self._class_loss(classes, targets, matches),
                loss_mask=self.mask_loss_weight * entropy,
                loss_dice=self.dice_loss_weight * dice,
            )

    @torch.no_grad()
    def match(
        self,
        classes: Tensor,
        masks: Tensor,
        targets: Sequence[MaskTargets],
        generator: torch.Generator | None = None,
    ) -> Matches:
        """Assign queries to the segments of every image: indices of both, on the device of the masks."""
        matches = []
        for logits, own, target in zip(classes, masks, targets, strict=True):
            points = random_points(1, self.num_points, own, generator)
            valid = sample_points(target.valid[None, None].to(own), points, "border")[0, 0]
            wanted = sample_points(target.masks[None].to(own), points)[0]
            given = sample_points(own[None], points)[0]
            cost = -self.class_loss_weight * logits.softmax(-1)[:, target.labels]
            cost = cost + self.mask_loss_weight * mask_costs(given, wanted, valid)
            cost = cost + self.dice_loss_weight * dice_costs(given, wanted, valid)
            matches.append(tuple(index.to(own.device) for index in match_queries(cost)))
        return matches

    def _class_loss(self, classes: Tensor, targets: Sequence[MaskTargets], matches: Matches) -> Tensor:
        wanted = classes.new_full(classes.shape[:2], classes.shape[2] - 1, dtype=torch.long)
        for row, target, (queries, segments) in zip(wanted, targets, matches, strict=True):
            row[queries] = target.labels[segments]
        weight = classes.new_ones(classes.shape[2])
        weight[-1] = self.no_object_weight
        return cross_entropy(classes.transpose(1, 2), wanted, weight)

    def _mask_losses(
        self,
        masks: Tensor,
        targets: Sequence[MaskTargets],
        matches: Matches,
        generator: torch.Generator | None,
    ) -> tuple[Tensor, Tensor]:
        """Sum over the matched masks, divided by the mean number of segments of a rank."""
        count = masks.new_tensor(float(sum(len(target.labels) for target in targets)))
        all_reduce(count, "mean")
        entropy = dice = masks.sum() * 0  # keeps the gradient defined where no image has a segment
        for own, target, (queries, segments) in zip(masks, targets, matches, strict=True):
            if not len(queries):
                continue
            matched = own[queries][:, None]
            points = uncertain_points(matched, self.num_points, self.oversample, self.uncertain, generator)
            wanted = sample_points(target.masks[segments][:, None].to(own), points)[:, 0]
            valid = target.valid[None, None].to(own).expand(len(points), -1, -1, -1)
            valid = sample_points(valid, points, "border")
            values = point_mask_losses(sample_points(matched, points)[:, 0], wanted, valid[:, 0])
            entropy, dice = entropy + values[0].sum(), dice + values[1].sum()
        return entropy / count.clamp_min(1), dice / count.clamp_min(1)
