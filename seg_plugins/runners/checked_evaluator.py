"""An evaluator that refuses scores that are NaN or infinite."""

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
        """Check the scores of a batch, then pass it to every metric.

        Args:
            data_samples: Predictions with ground truth.
            data_batch: The batch from the loader.

        Raises:
            ValueError: The scores of an image are not finite; the message names its file.
        """
        for sample in data_samples:
            if not isinstance(sample, BaseDataElement | dict):
                continue  # the prediction of another kind of model, for metrics of its own
            scores = next((sample.get(key) for key in SCORES if key in sample), None)
            if isinstance(scores, PixelData):
                check_finite(scores.data, str(sample.get("img_path", "an image")))
        super().process(data_samples, data_batch)


def checked(built: Evaluator, given: Evaluator | dict | list) -> Evaluator:
    """Replace upstream's evaluator with `CheckedEvaluator`.

    Args:
        built: Evaluator that was built from `given`.
        given: From the config. An evaluator that is already built, or of a custom class, is not changed.
    """
    made_here = built is not given and type(built) is Evaluator
    return CheckedEvaluator(built.metrics) if made_here else built
