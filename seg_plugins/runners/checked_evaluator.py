"""The way from a model to its metrics, on which scores that are no numbers are stopped."""

from collections.abc import Sequence
from typing import Any

from mmengine.evaluator import Evaluator
from mmengine.structures import BaseDataElement, PixelData

from seg_plugins.ops.finite_scores import check_finite

__all__ = ["CheckedEvaluator", "checked"]

SCORES = ("seg_logits", "pred_confidence")


class CheckedEvaluator(Evaluator):
    """Upstream's evaluator, except that no NaN or infinite score reaches a metric."""

    def process(self, data_samples: Sequence[BaseDataElement | dict], data_batch: Any = None) -> None:
        """Check the scores of a batch, then hand it to every metric.

        Args:
            data_samples: Predictions with ground truth.
            data_batch: What the loader gave.

        Raises:
            ValueError: The scores of an image are not finite; its file is named.
        """
        for sample in data_samples:
            if not isinstance(sample, BaseDataElement | dict):
                continue  # what a model of another kind predicts, for metrics of its own
            scores = next((sample.get(key) for key in SCORES if key in sample), None)
            if isinstance(scores, PixelData):
                check_finite(scores.data, str(sample.get("img_path", "an image")))
        super().process(data_samples, data_batch)


def checked(built: Evaluator, given: Evaluator | dict | list) -> Evaluator:
    """`CheckedEvaluator` in the place of upstream's.

    Args:
        built: What was built of `given`.
        given: By the config. An evaluator that is built already, or of a class of its own, is left as it is.
    """
    made_here = built is not given and type(built) is Evaluator
    return CheckedEvaluator(built.metrics) if made_here else built
