"""Several views of one image, each made by its own pipeline."""

import copy
from collections.abc import Sequence
from typing import Any

from mmcv.transforms import BaseTransform, Compose
from mmseg.registry import TRANSFORMS

from seg_plugins.ops.batches import in_branches

__all__ = ["MultiBranch"]


@TRANSFORMS.register_module()
class MultiBranch(BaseTransform):
    """Give one image to several pipelines, which end in `PackSegInputs`, and name their results.

    Geometry belongs before this transform, so that the views stay aligned pixel by pixel; what shall differ
    between them, such as colour, belongs in their pipelines. The arguments are those of MMDetection's
    `MultiBranch`.

    Args:
        branch_field: Names of all branches of a batch. An image that has no pipeline for one leaves it empty.
        **branch_pipelines: Pipeline of each branch, by its name.

    Raises:
        ValueError: A pipeline has a name that `branch_field` lacks.
    """

    def __init__(self, branch_field: Sequence[str], **branch_pipelines: list[dict]) -> None:
        unknown = sorted(set(branch_pipelines) - set(branch_field))
        if unknown:
            raise ValueError(f"MultiBranch: {unknown} are not in branch_field={list(branch_field)}")
        self.branch_field = list(branch_field)
        self.pipelines = {branch: Compose(steps) for branch, steps in branch_pipelines.items()}

    def transform(self, results: dict[str, Any]) -> dict[str, Any] | None:
        """Make the views.

        Args:
            results: What the transforms before have loaded.

        Returns:
            `inputs` and `data_samples` by branch; None where a pipeline gave up, so that another image is
            taken.
        """
        views = {name: pipeline(copy.deepcopy(results)) for name, pipeline in self.pipelines.items()}
        if any(view is None for view in views.values()):
            return None
        return in_branches(views, self.branch_field)
