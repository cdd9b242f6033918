"""Checks before the first step for what would fail at the first validation or the end of an epoch."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from mmengine.hooks import CheckpointHook, EarlyStoppingHook, Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from mmseg.structures import SegDataSample
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from seg_plugins.loops.loader_checks import last_batch_size
from seg_plugins.ops.batches import samples_of
from seg_plugins.ops.random_state import unchanged_random
from seg_plugins.ops.unwrapping import unwrapped

from .freeze_hook import FreezeHook
from .rehearsal import rehearse_loop, rehearse_loss, single_image

__all__ = ["PreflightHook", "check_class_ids"]


def check_class_ids(labels: Tensor, num_classes: int, ignore_index: int, source: str) -> None:
    """Check that a class map holds classes and the ignored id only.

    Args:
        labels: Integer ids of any shape.
        num_classes: K; valid ids are 0..K-1.
        ignore_index: The id that losses and metrics leave out.
        source: File that the message names.

    Raises:
        ValueError: There are other ids.
    """
    wrong = labels[((labels < 0) | (labels >= num_classes)) & (labels != ignore_index)]
    if wrong.numel():
        ids, counts = wrong.unique(return_counts=True)
        shown = ", ".join(
            f"{i} ({n} pixels)" for i, n in zip(ids[:5].tolist(), counts[:5].tolist(), strict=True)
        )
        raise ValueError(
            f"{source}: class ids out of range: {shown}. {num_classes} classes have ids 0..{num_classes - 1},"
            f" {ignore_index} is ignored. Correct the masks, num_classes, or reduce_zero_label"
        )


def mask_of(sample: SegDataSample) -> str:
    """Return the path of a sample's mask, or else of its image."""
    return str(sample.metainfo.get("seg_map_path") or sample.metainfo.get("img_path", "a mask"))


@contextmanager
def noted(what: str) -> Iterator[None]:
    """Add a note to an error that says where it comes from."""
    try:
        yield
    except Exception as error:
        error.add_note(f"(raised before iteration 1 by PreflightHook, on {what})")
        raise


@HOOKS.register_module()
class PreflightHook(Hook):
    """Run the validation loop over one batch before iteration 1, and check the first masks.

    Nothing is recorded: the metric is a copy, and random states and module modes are restored. The batch is
    read in the training process. A model that says it cannot predict before it is fitted (`is_fitted`) is not
    rehearsed. The metrics that hooks and schedulers wait for (`save_best`, `monitor`) have to be among the
    results. If a batch of one image will occur, its loss is computed once to test whether batch normalisation
    can process it.

    Args:
        batches: Number of training batches whose class ids are checked before they reach the loss.
    """

    priority = "VERY_LOW"

    def __init__(self, batches: int = 20) -> None:
        self.batches = batches
        self.seen = 0
        self.warned = False

    def before_train(self, runner: Runner) -> None:
        """Rehearse the smallest batch and the first validation.

        Raises:
            Exception: Any error of the rehearsal, with a note that says where it comes from.
        """
        self.seen, self.warned = 0, False
        model = unwrapped(runner.model)
        if not getattr(model, "is_fitted", True):
            return
        self.check_single_image(runner, model)
        if runner.val_loop is None:
            return
        start = time.perf_counter()
        with noted("the first validation batch"):
            metrics = rehearse_loop(runner, runner.val_loop)
        self.check_monitored(runner, metrics or {})
        runner.logger.info(f"preflight: one validation batch passed in {time.perf_counter() - start:.1f} s")

    @staticmethod
    def check_single_image(runner: Runner, model: nn.Module) -> None:
        """Raise ValueError if a batch of one image gives batch normalisation only one value per channel."""
        loader = runner.train_dataloader
        size, last = loader.batch_size, last_batch_size(loader)
        norms = any(isinstance(module, _BatchNorm) for module in model.modules())
        if not norms or 1 not in (size, last) or not hasattr(runner.train_loop, "run_iter"):
            return
        with unchanged_random():
            batch = single_image(loader)
        modes = [(module, module.training) for module in model.modules()]
        model.train()
        frozen = [part for hook in runner.hooks if isinstance(hook, FreezeHook) for part in hook.frozen]
        for part in frozen:
            part.eval()
        try:
            with noted("a training batch of one image"):
                found = rehearse_loss(model, batch)
        finally:
            for module, training in modes:
                module.training = training
        if not found:
            return
        if size == 1:
            cause = (
                "train_dataloader.batch_size=1, for each process and step (accumulative_counts does not "
                "help): set 2 or more"
            )
        else:
            cause = (
                f"the last batch of an epoch of {len(loader.sampler)} images has one with "
                f"train_dataloader.batch_size={size}: set train_dataloader.drop_last=True"
            )
        raise ValueError(
            f"{found[0]} normalises over the batch and would get one value per channel, since {cause}, or a "
            "norm_cfg of 'GN', or of 'SyncBN' on several GPUs"
        )

    @staticmethod
    def check_monitored(runner: Runner, metrics: dict[str, Any]) -> None:
        """Raise ValueError if a hook or scheduler waits for a metric that no evaluator reports."""
        wanted: list[tuple[str, str]] = []
        for hook in runner.hooks:
            best = getattr(hook, "save_best", None) if isinstance(hook, CheckpointHook) else None
            best = [best] if isinstance(best, str) else best or ()
            wanted += [("default_hooks.checkpoint.save_best", key) for key in best if key != "auto"]
            if isinstance(hook, EarlyStoppingHook):
                wanted.append(("EarlyStoppingHook.monitor", hook.monitor))
        for scheduler in runner.param_schedulers if isinstance(runner.param_schedulers, list) else ():
            if getattr(scheduler, "need_val_args", False):
                wanted.append((f"{type(scheduler).__name__}.monitor", scheduler.monitor))
        classes = (getattr(runner.val_dataloader.dataset, "metainfo", None) or {}).get("classes") or ()
        for name, key in wanted:
            if key not in metrics and not is_of_a_class(key, metrics, classes):
                raise ValueError(
                    f"{name}={key!r} is not among the metrics of val_evaluator: {', '.join(metrics)}"
                )

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Check the class ids of the first batches, and that there are any."""
        if self.seen >= self.batches:
            return
        self.seen += 1
        heads = getattr(unwrapped(runner.model), "decode_head", None)
        head = heads[-1] if isinstance(heads, nn.ModuleList) else heads
        ignored = getattr(head, "ignore_index", 255)
        samples = [sample for sample in samples_of(data_batch) if "gt_sem_seg" in sample]
        if hasattr(head, "num_classes"):
            for sample in samples:
                check_class_ids(sample.gt_sem_seg.data, head.num_classes, ignored, mask_of(sample))
        if samples and not self.warned and all(all_ignored(sample, ignored) for sample in samples):
            self.warned = True
            self.check_more_labels(runner, ignored, mask_of(samples[0]))

    def check_more_labels(self, runner: Runner, ignored: int, source: str) -> None:
        """Check further labels after a batch in which every pixel is ignored.

        Raises:
            ValueError: The first images of the data set are ignored as a whole, too.
        """
        dataset = runner.train_dataloader.dataset
        count = min(self.batches, len(dataset))
        with unchanged_random():
            drawn = islice((dataset[index] for index in range(count)), count)
            found = [s for one in drawn for s in samples_of(one) if "gt_sem_seg" in s]
        if all(all_ignored(sample, ignored) for sample in found):
            raise ValueError(
                f"{source}: every pixel is ignored (id {ignored}), as in the first {count} of "
                f"{len(dataset)} training images: nothing would be learnt. Check the values of the masks, "
                "label_map, reduce_zero_label and ignore_index"
            )
        runner.logger.warning(
            f"{source}: every pixel of this batch is ignored (id {ignored}); others have labels"
        )


def is_of_a_class(key: str, metrics: Iterable[str], classes: Iterable[str]) -> bool:
    """Return whether a metric belongs to a class; it is absent if the batch has none of that class.

    >>> [is_of_a_class(key, ["IoU.road"], ["road", "car"]) for key in ("IoU.car", "IoU.cat")]
    [True, False]
    """
    kind, _, name = key.partition(".")
    return name in classes and any(metric.startswith(f"{kind}.") for metric in metrics)


def all_ignored(sample: SegDataSample, ignored: int) -> bool:
    """Return whether every pixel of a sample is ignored."""
    return bool((sample.gt_sem_seg.data == ignored).all())
