"""Training in one pass, for parameters that are computed without gradients."""

from mmengine.runner import BaseLoop, Runner
from mmseg.registry import LOOPS
from torch import no_grad
from torch.utils.data import DataLoader

from seg_plugins.ops.unwrapping import unwrapped

from .batches import end_if_asked

__all__ = ["FitLoop"]


@LOOPS.register_module()
class FitLoop(BaseLoop):
    """One pass over the training loader: `model.fit_step(batch)` for each, `model.fit_end()` after the last.

    The checkpoint that the usual hook writes holds the fitted values. Then the model is validated, if the
    config has a validation loop. Classical segmentors and temperature scaling are fitted in this way. The
    runner may end the run between two batches. A resumed run continues if the model's `fit_is_saved` says
    that its checkpoint holds the statistics so far; otherwise it starts from scratch.

    Args:
        runner: The runner.
        dataloader: The training loader, or its config.
        max_batches: Largest number of batches; by default the whole loader.

    Raises:
        ValueError: The model cannot be fitted.
    """

    stops_by_itself = True

    def __init__(self, runner: Runner, dataloader: DataLoader | dict, max_batches: int | None = None) -> None:
        super().__init__(runner, dataloader)
        self._max_epochs = 1
        self._max_iters = min(len(self.dataloader), max_batches or len(self.dataloader))
        self._epoch = 0
        self._iter = 0
        self.validated_iter = 0
        self.val_begin = 1
        self.val_interval = self._max_iters
        self.stop_training = False
        self.runner.visualizer.dataset_meta = getattr(self.dataloader.dataset, "metainfo", None)

    max_epochs = property(lambda self: self._max_epochs)
    max_iters = property(lambda self: self._max_iters)
    epoch = property(lambda self: self._epoch)
    iter = property(lambda self: self._iter)

    def position(self, epoch: int, iteration: int) -> dict[str, int]:
        """Return the values that a checkpoint has to record besides its epoch and iteration."""
        return dict(epoch_length=len(self.dataloader))

    def go_to(self, meta: dict[str, int]) -> None:
        """Move to the position of a checkpoint.

        Raises:
            ValueError: The number of batches differs from the checkpoint's, or is smaller than those it has
                seen.
        """
        self._epoch, self._iter = meta["epoch"], meta["iter"]
        length = meta.get("epoch_length", len(self.dataloader))
        if not getattr(unwrapped(self.runner.model), "fit_is_saved", False):
            return
        if length != len(self.dataloader) or self._iter > self._max_iters:
            raise ValueError(
                f"{self._iter} of {length} batches are in the statistics of the run that is resumed, but now "
                f"there are {len(self.dataloader)}, of which {self._max_iters} count: resume with the "
                "batch size, number of processes, images and max_batches of before, or leave out --resume"
            )

    def run(self) -> object:
        """Fit, save and validate; return the model."""
        model = unwrapped(self.runner.model)
        if not hasattr(model, "fit_step"):
            raise ValueError(
                f"FitLoop: {type(model).__name__} has no fit_step; use ClassicalSegmentor, or a "
                "segmentor with postprocess=[...]"
            )
        if 0 < self._iter < self._max_iters and not model.fit_is_saved:
            self.runner.logger.info(f"the checkpoint lacks the first {self._iter} batches: starting anew")
            self._iter = 0
        self.runner.call_hook("before_train")
        self.runner.call_hook("before_train_epoch")
        model.eval()
        for number, batch in enumerate(self.dataloader):
            if self._iter >= self._max_iters:
                break
            if number < self._iter:  # a resumed run already has this batch in its statistics
                continue
            self._step(model, number, batch)
            if self._iter < self._max_iters:
                end_if_asked(self.runner)
        self._epoch += 1
        self.runner.call_hook("after_train_epoch")
        if self.runner.val_loop is not None:
            self.runner.val_loop.run()
        self.runner.call_hook("after_train")
        return self.runner.model

    @no_grad()
    def _step(self, model: object, number: int, batch: dict) -> None:
        self.runner.call_hook("before_train_iter", batch_idx=number, data_batch=batch)
        outputs = model.fit_step(batch)
        if number + 1 == self._max_iters:
            found = model.fit_end()
            self.runner.logger.info("fitted: " + ", ".join(f"{k} {v:.4g}" for k, v in found.items()))
        self.runner.call_hook("after_train_iter", batch_idx=number, data_batch=batch, outputs=outputs)
        self._iter += 1
