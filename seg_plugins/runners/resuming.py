"""Resuming of a run from a checkpoint, within `train` or before it."""

from collections.abc import Callable
from pathlib import Path

from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.optim import OptimWrapper

from seg_plugins.checkpoints.sealed_file import mark_start

from .resume_source import checkpoint_place, resume_source
from .run_state import refusing_mismatch, restore_state

__all__ = ["Resuming"]


class Resuming:
    """Mixin of a Runner: `load_or_resume` and `resume`, called by `train` or by the user before it."""

    _source: str | None = None
    _chosen = False
    _resumed = False

    @property
    def _in_train(self) -> bool:
        return self._stop is not None

    def load_or_resume(self) -> None:
        """Load or resume as the config says; called in `train`, `val` and `test`, or by the user before.

        Raises:
            ValueError: A checkpoint named by ``load_from`` is damaged or asks for code.
        """
        if self.weights_are_loaded:
            return
        source = self._choose_source()
        if source is not None:
            self.resume(source)
        elif self.named_checkpoint is not None:
            self.is_resumed = False  # otherwise upstream's EMAHook starts with the raw weights
            self.load_checkpoint(self.named_checkpoint)

    def _begin(self) -> None:
        """Choose where the run starts; take the seed of a resumed run before anything draws from it."""
        if self.is_resumed and not self.weights_are_loaded:
            self._choose_source()
        elif not self._resumed and is_main_process():
            (Path(self.work_dir) / "last_checkpoint").unlink(missing_ok=True)
            mark_start(checkpoint_place(self)[0])

    def _choose_source(self) -> str | None:
        """Choose the checkpoint to resume from, once."""
        if self.is_resumed and not self._chosen:
            self._chosen = True
            place, template = checkpoint_place(self)
            self._source, seed = resume_source(
                place, self.named_checkpoint, self._trusted, self.logger, template
            )
            self._take_seed(seed, self._source)
        return self._source

    def _load_for_evaluation(self) -> None:
        """Load the weights of ``load_from``, if set, for evaluation, whatever the run has written."""
        if self.named_checkpoint is not None and not self.weights_are_loaded:
            self.load_checkpoint(self.named_checkpoint)

    def _take_seed(self, seed: int | None, source: str | None) -> None:
        if seed is not None and seed != self.seed:
            self.logger.warning(f"the seed is that of {source}: {seed}, not {self.seed}")
            self.take_seed(seed)

    def scale_lr(self, optim_wrapper: OptimWrapper, auto_scale_lr: dict | None = None) -> None:
        """Scale the learning rate by ``auto_scale_lr``; that of a resumed run is already scaled."""
        if not self._resumed:
            super().scale_lr(optim_wrapper, auto_scale_lr)

    def _build_optimization(self) -> None:
        """Build optimiser wrapper and schedulers as `train` does."""
        self.optim_wrapper = self.build_optim_wrapper(self.optim_wrapper)
        self.scale_lr(self.optim_wrapper, self.auto_scale_lr)
        if self.param_schedulers is not None:
            self.param_schedulers = self.build_param_scheduler(self.param_schedulers)

    def resume(
        self,
        filename: str,
        resume_optimizer: bool = True,
        resume_param_scheduler: bool = True,
        map_location: str | Callable = "default",
    ) -> None:
        """Resume a run from a checkpoint.

        Args:
            filename: The checkpoint; it has to fit the model exactly.
            resume_optimizer: Restore the optimiser's state.
            resume_param_scheduler: Restore the schedulers' state.
            map_location: As for ``torch.load``; "default" is the device of this process.

        Raises:
            ValueError: The file is damaged, asks for code, does not fit, or holds no training state; or
                the run does not train.
        """
        if not self.trains:
            raise ValueError(
                f"{filename} cannot be resumed: the run has no train_dataloader, train_cfg and "
                "optim_wrapper. load_checkpoint takes the weights alone"
            )
        self.is_resumed = True  # otherwise upstream's EMAHook starts with the averaged weights
        location = get_device() if map_location == "default" else map_location
        with refusing_mismatch(filename):
            checkpoint = self.load_checkpoint(filename, map_location=location, strict=True)
        if not self._in_train:
            self._take_seed(checkpoint.get("meta", {}).get("seed"), filename)
            self._build_optimization()
        restore_state(self, checkpoint, filename, resume_optimizer, resume_param_scheduler)
        self.weights_are_loaded = self._resumed = True
        self.logger.info(f"resumed {filename}: epoch {self.epoch}, iteration {self.iter}")
