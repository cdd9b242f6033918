"""Validation that also reports the loss, from the same forward pass as the predictions."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from mmengine.dist import all_gather_object
from mmengine.runner import ValLoop, autocast
from mmengine.structures import PixelData
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import LOOPS
from mmseg.structures import SegDataSample
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad

from seg_plugins.ops.image_frame import padding_of
from seg_plugins.ops.replacing import replaced
from seg_plugins.ops.unwrapping import deployed

from .single_map_losses import single_map_loss, single_map_losses

__all__ = ["ValLossLoop", "at_input_size", "mean_losses", "remembered_forward"]

PLAIN = BaseDecodeHead.loss_by_feat


def _remember(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap `function` so that a second call with the very same objects returns the stored result."""
    calls: list[tuple[tuple, Any]] = []

    def call(*args: Any, **kwargs: Any) -> Any:
        key = (*args, *kwargs.values())
        for known, result in calls:
            if len(known) == len(key) and all(a is b for a, b in zip(known, key, strict=True)):
                return result
        calls.append((key, function(*args, **kwargs)))
        return calls[-1][1]

    return call


@contextmanager
def remembered_forward(model: nn.Module) -> Iterator[list[Tensor]]:
    """Make `model.predict` and `model.loss` share one forward pass for the same inputs.

    The segmentor's `extract_feat` (and `logits_per_scale`, if it has several scales) and its decode heads'
    `forward` store their results for calls with the same argument objects. Nothing is kept after the block.

    Args:
        model: A segmentor.

    Yields:
        A list that collects the result of each `model.inference`: logits (N, K, H, W) at input size.
    """
    head = getattr(model, "decode_head", None)
    heads = list(head) if isinstance(head, nn.ModuleList) else [head] * (head is not None)
    shared = [name for name in ("extract_feat", "logits_per_scale") if hasattr(model, name)]
    logits: list[Tensor] = []
    inference = getattr(model, "inference", None)

    def kept(*args: Any, **kwargs: Any) -> Tensor:
        logits.append(inference(*args, **kwargs))
        return logits[-1]

    with ExitStack() as stack:
        methods = {name: _remember(getattr(model, name)) for name in shared}
        stack.enter_context(replaced(model, inference=kept, **methods))
        for h in heads:
            stack.enter_context(replaced(h, forward=_remember(h.forward)))
        yield logits


def at_input_size(samples: Sequence[SegDataSample], size: tuple[int, int], fill: int) -> list[SegDataSample]:
    """Copy samples so that their ground truth has the size of the network's input.

    Validation keeps labels at the size of the original image, while the input may be resized, and padded on
    the right and at the bottom. Labels, and all other maps of their size (instances, edges, depth), are
    resized to the image (nearest) and padded: labels with the ignored id, the others with 0.

    Args:
        samples: Samples with `gt_sem_seg` (1, H, W).
        size: (H, W) of the input, padding included, in pixels.
        fill: Id for the padding.

    Returns:
        New samples; the given ones are not changed.
    """
    copies = []
    for sample in samples:
        left, right, top, bottom = padding_of(sample.metainfo)
        inner = (size[0] - top - bottom, size[1] - left - right)
        original = tuple(sample.gt_sem_seg.data.shape[-2:])
        copy = sample.new()
        for name, field in sample.items():
            if not name.startswith("gt_") or not isinstance(field, PixelData):
                continue
            if tuple(field.data.shape[-2:]) == original:
                value = fill if name == "gt_sem_seg" else 0
                data = pad(resized_map(field.data, inner), (left, right, top, bottom), value=value)
                copy.set_field(PixelData(data=data), name)
        copies.append(copy)
    return copies


def resized_map(data: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize a map (C, H, W) of any type to (h, w) by nearest neighbour."""
    if tuple(data.shape[-2:]) == size:
        return data
    return interpolate(data[None].double(), size=size, mode="nearest")[0].to(data.dtype)


def mean_losses(losses: dict[str, Tensor | list[Tensor]]) -> dict[str, float]:
    """Convert the losses of a batch to floats and add their sum.

    Args:
        losses: As `segmentor.loss` returns them. Entries without "loss" in their name (accuracies) are left
            out.

    Returns:
        `val/loss` (the sum) and `val/loss_<name>` for each entry.
    """
    values = {
        f"val/loss_{name}": float(sum(v.mean() for v in (value if isinstance(value, list) else [value])))
        for name, value in losses.items()
        if "loss" in name
    }
    return {"val/loss": sum(values.values()), **values}


@LOOPS.register_module()
class ValLossLoop(ValLoop):
    """Upstream's `ValLoop` plus `val/loss` and `val/loss_<component>` among the metrics.

    Best-checkpoint and early-stopping hooks can name them (`save_best="val/loss"`, `monitor="val/loss"`);
    they infer that lower is better. Values are means over images of the loss of their batch, auxiliary heads
    included, at the network's input size, in evaluation mode. Predictions and loss share one forward pass.
    Heads with several maps in training and one in evaluation (DDRNet, PIDNet, K-Net) give the loss of that
    one. In sliding-window mode the loss is that of the stitched logits, without auxiliary heads; for a
    cascade it is that of the last head. Some batches and models add nothing: heads whose loss takes more than
    logits, batches without ground truth, and custom models without `loss` or with lists of images.

    Args:
        runner: The runner.
        dataloader: Data loader or its config.
        evaluator: Evaluator or its config.
        fp16: Run in half precision.
    """

    def run(self) -> dict[str, Any]:
        """Validate once.

        Returns:
            Metrics by key.
        """
        self._sums: dict[str, float] = defaultdict(float)
        self._counts: dict[str, int] = defaultdict(int)
        self.runner.call_hook("before_val")
        self.runner.call_hook("before_val_epoch")
        self.runner.model.eval()
        for idx, data_batch in enumerate(self.dataloader):
            self.run_iter(idx, data_batch)
        metrics = self.evaluator.evaluate(len(self.dataloader.dataset))
        losses = self._gathered_losses()
        metrics.update(losses)
        for name in losses:  # the log processor would average a "loss" over previous validations
            self.runner.message_hub.log_scalars.pop(f"val/{name}", None)
        self.runner.call_hook("after_val_epoch", metrics=metrics)
        self.runner.call_hook("after_val")
        return metrics

    @torch.no_grad()
    def run_iter(self, idx: int, data_batch: dict) -> None:
        """Predict, evaluate and add the loss of one batch.

        Args:
            idx: Number of the batch.
            data_batch: A batch of the data loader.
        """
        self.runner.call_hook("before_val_iter", batch_idx=idx, data_batch=data_batch)
        model = deployed(self.runner.model)
        data = model.data_preprocessor(data_batch, False)
        inputs, samples = data["inputs"], data.get("data_samples") or []
        has_loss = isinstance(inputs, Tensor) and hasattr(model, "loss")
        labelled = has_loss and bool(samples) and all("gt_sem_seg" in s for s in samples)
        targets = at_input_size(samples, inputs.shape[-2:], _ignored_id(model)) if labelled else []
        with remembered_forward(model) as logits, autocast(enabled=self.fp16):
            outputs = model(inputs, samples or None, mode="predict")
            self.evaluator.process(data_samples=outputs, data_batch=data_batch)
            if targets:
                self._add(_losses(model, inputs, targets, logits), len(targets))
        self.runner.call_hook("after_val_iter", batch_idx=idx, data_batch=data_batch, outputs=outputs)

    def _add(self, losses: dict[str, float], images: int) -> None:
        for name, value in losses.items():
            self._sums[name] += value * images
            self._counts[name] += images

    def _gathered_losses(self) -> dict[str, float]:
        """Average over the images of all ranks, which may hold different numbers, or none."""
        parts = all_gather_object((dict(self._sums), dict(self._counts)))
        names = list(dict.fromkeys(n for sums, _ in parts for n in sums))
        return {n: sum(s.get(n, 0.0) for s, _ in parts) / sum(c.get(n, 0) for _, c in parts) for n in names}


def _last_head(model: nn.Module) -> Any:
    """Return the decode head; for a cascade, the last one."""
    head = getattr(model, "decode_head", None)
    return head[-1] if isinstance(head, nn.ModuleList) else head


def _ignored_id(model: nn.Module) -> int:
    return getattr(_last_head(model), "ignore_index", 255)


def _losses(
    model: nn.Module, inputs: Tensor, targets: list[SegDataSample], stitched: list[Tensor]
) -> dict[str, float]:
    test_cfg = getattr(model, "test_cfg", None) or {}
    if test_cfg.get("mode", "whole") != "slide":
        with single_map_losses(model):
            return mean_losses(model.loss(inputs, targets))
    head = _last_head(model)
    single = single_map_loss(head)
    foreign = "mmseg" in type(head).loss_by_feat.__module__ and type(head).loss_by_feat is not PLAIN
    if single is None and (foreign or not getattr(head, "loss_takes_logits", True)):
        return {}  # this head needs more than one map of logits, and windows are stitched to one
    losses = (single or head.loss_by_feat)(stitched[-1], targets)
    return mean_losses({f"decode.{k}": v for k, v in losses.items()})
