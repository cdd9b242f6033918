"""Base of metrics whose state is a vector that is summed over images and ranks."""

import logging
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from mmengine.dist import all_reduce
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from torch import Tensor

from seg_plugins.config.tool_command import tool_command

__all__ = ["SummedMetric", "label_path", "per_class", "require"]


def label_path(sample: dict) -> str:
    """Return the file that an error about the ground truth of `sample` names."""
    return str(sample.get("seg_map_path") or sample.get("img_path") or "image without a path")


def require(sample: Any, *keys: str) -> None:
    """Check that a sample holds what a metric reads.

    Raises:
        ValueError: It is not a data sample, or it lacks one of the keys.
    """
    if not isinstance(sample, dict):
        raise ValueError(
            f"a segmentation metric takes data samples (SegDataSample), not {type(sample).__name__}: "
            "change the evaluator, or let the model's predict return samples"
        )
    for key in keys:
        if key not in sample:
            advice = (
                "add its label, or write predictions only, of a data set without labels: "
                f"{tool_command('test', 'CONFIG', 'CHECKPOINT', '--out', 'DIR')}"
                if key.startswith("gt_")
                else "use another metric, or a model that predicts it"
            )
            raise ValueError(f"{label_path(sample)}: there is no {key} to compare: {advice}")


def per_class(name: str, values: np.ndarray, classes: Sequence[str]) -> dict[str, float]:
    """Return scalars `name.class` for the defined (not nan) of `values` (K,)."""
    return {f"{name}.{c}": float(v) for c, v in zip(classes, values, strict=True) if not np.isnan(v)}


class SummedMetric(BaseMetric):
    """Base of metrics that add one vector per image; memory does not depend on the number of images.

    Ranks are summed by `all_reduce`, so they may hold different numbers of images. A metric may leave its
    vectors on a GPU: only `evaluate` then waits for it, once.
    """

    default_prefix = ""
    dtype: ClassVar[type] = np.float64
    needs: ClassVar[tuple[str, ...]] = ()  # keys of a sample that `measure` reads

    def __init__(
        self, collect_device: str = "cpu", prefix: str | None = None, collect_dir: str | None = None
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self._reset()

    @property
    def classes(self) -> Sequence[str]:
        """Class names of the data set."""
        return self.dataset_meta["classes"]

    @abstractmethod
    def state_size(self) -> int:
        """Return the length of the vector of `measure`."""

    @abstractmethod
    def measure(self, sample: dict) -> np.ndarray | Tensor:
        """Compute the contribution of one image: a vector of `state_size` numbers of `dtype`."""

    @abstractmethod
    def scores(self, total: np.ndarray) -> dict[str, Any]:
        """Compute the results, by key without prefix, from the sum over all images of all ranks."""

    def _reset(self) -> None:
        self._total: np.ndarray | Tensor | None = None
        self._images = 0

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Add the samples of a batch.

        Args:
            data_batch: Unused.
            data_samples: Predictions and ground truth as dictionaries.
        """
        for sample in data_samples:
            require(sample, *self.needs)
            state = self.measure(sample)
            self._total = state if self._total is None else self._total + state
            self._images += 1

    def fetch(self) -> None:
        """Bring what lies on the GPU to the CPU, at the end of an evaluation."""
        if isinstance(self._total, Tensor):
            self._total = self._total.cpu().numpy()

    def evaluate(self, size: int) -> dict[str, Any]:
        """Sum over ranks and compute the scores.

        Args:
            size: Images in the data set; a larger count means that the sampler repeated some.

        Returns:
            Scores by key, the same on every rank.
        """
        self.fetch()
        total = np.zeros(self.state_size(), self.dtype) if self._total is None else self._total
        packed = torch.from_numpy(np.append(total, np.array([self._images], self.dtype)))
        all_reduce(packed)
        images = int(packed[-1])
        if images > size > 0:
            print_log(
                f"{images} images counted but the data set has {size}: the sampler repeats some; "
                "set round_up=False in its config",
                "current",
                logging.WARNING,
            )
        results = self.scores(packed[:-1].numpy())
        self._reset()
        return {f"{self.prefix}/{k}": v for k, v in results.items()} if self.prefix else results

    def compute_metrics(self, results: list[np.ndarray]) -> dict[str, Any]:
        """Compute the scores from the vectors of single images."""
        return self.scores(np.sum(results, axis=0))
