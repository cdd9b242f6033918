"""The checkpoints of a run: from which it takes up its state, and those that it writes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.runner import Runner

from seg_plugins.checkpoints.safe_loading import SafeLoading
from seg_plugins.checkpoints.sealed_file import corruption, mark_start, write_checkpoint
from seg_plugins.checkpoints.weight_names import in_own_keys
from seg_plugins.ops.unwrapping import unwrapped

from .class_names import warn_of_other_classes
from .rank_state import gather_rank_states
from .resume_source import checkpoint_place, resume_source
from .run_state import collect_state, refusing_mismatch, restore_state
from .upstream import OpenRunner

__all__ = ["RunCheckpoints"]


class RunCheckpoints:
    """Chooses, reads and writes the checkpoints of a run.

    Args:
        runner: The run.
        loading: How files are read.

    Attributes:
        resumed: Whether the run goes on from a checkpoint.
    """

    def __init__(self, runner: OpenRunner, loading: SafeLoading) -> None:
        self.runner, self.loading = runner, loading
        self.resumed = False
        self._source: str | None = None
        self._chosen = False

    def begin(self) -> None:
        """Choose where a training begins, and take a resumed one's seed before anything draws from it."""
        if self.runner.is_resumed and not self.runner.weights_are_loaded:
            self.choose_source()
        elif not self.resumed and is_main_process():
            (Path(self.runner.work_dir) / "last_checkpoint").unlink(missing_ok=True)
            mark_start(checkpoint_place(self.runner)[0])

    def choose_source(self) -> str | None:
        """Choose the checkpoint to resume from, once; return None if the run begins."""
        runner = self.runner
        if runner.is_resumed and not self._chosen:
            self._chosen = True
            place, template = checkpoint_place(runner)
            self._source, seed = resume_source(
                place, runner.named_checkpoint, self.loading, runner.logger, template
            )
            self._take_seed(seed, self._source)
        return self._source

    def load_or_resume(self) -> None:
        """Load or resume as the config asks, unless weights are loaded already."""
        runner = self.runner
        if runner.weights_are_loaded:
            return
        source = self.choose_source()
        if source is not None:
            runner.resume(source)
        elif runner.named_checkpoint is not None:
            runner.is_resumed = False  # else upstream's EMAHook begins with the raw weights
            runner.load_checkpoint(runner.named_checkpoint)

    def load_for_evaluation(self) -> None:
        """Load ``load_from``, if it is given, for evaluation, whatever the run has written."""
        if self.runner.named_checkpoint is not None and not self.runner.weights_are_loaded:
            self.runner.load_checkpoint(self.runner.named_checkpoint)

    def load(self, filename: str, map_location: str | Callable, strict: bool, revise_keys: list) -> dict:
        """Load weights into the model; see `SegRunner.load_checkpoint`."""
        if Path(filename).is_file() and (fault := corruption(filename)) is not None:
            raise ValueError(f"checkpoint {filename} cannot be used: {fault}. Use another, or write it again")
        with self.loading.in_force():
            checkpoint = Runner.load_checkpoint(self.runner, filename, map_location, strict, revise_keys)
        if not self.runner.is_resumed:  # else `resume` says it, when it has built the loop
            warn_of_other_classes(self.runner, checkpoint, filename)
        return checkpoint

    def fit(self, checkpoint: dict) -> None:
        """Rename the weights of a regime for a plain model, or of a plain model for a regime, in place.

        Upstream would only warn, and train from random weights. A resumed run's weights are its own.
        """
        if self.runner.is_resumed:
            return
        weights = checkpoint.get("state_dict", checkpoint)
        named = {key.removeprefix("module."): value for key, value in weights.items()}
        fitted = in_own_keys(unwrapped(self.runner.model), named)
        if fitted is named:
            return
        if weights is not checkpoint:
            checkpoint["state_dict"] = dict(fitted)
        else:
            checkpoint.clear()
            checkpoint.update(fitted)

    def resume(
        self,
        filename: str,
        optimizer: bool = True,
        param_schedulers: bool = True,
        map_location: str | Callable = "default",
        begun: bool = False,
    ) -> None:
        """Take the run up where a checkpoint left it; see `SegRunner.resume`.

        Args:
            filename: The checkpoint.
            optimizer: Restore the optimiser's state.
            param_schedulers: Restore the schedulers' state.
            map_location: As for ``torch.load``; "default" is the device of this process.
            begun: Whether `train` has built optimiser and schedulers; else they are built here.
        """
        runner = self.runner
        if not runner.trains:
            raise ValueError(
                f"{filename} cannot be resumed: the run has no train_dataloader, train_cfg and "
                "optim_wrapper. load_checkpoint takes the weights alone"
            )
        runner.is_resumed = True  # else upstream's EMAHook begins with the averaged weights
        location = get_device() if map_location == "default" else map_location
        with refusing_mismatch(filename):
            checkpoint = runner.load_checkpoint(filename, map_location=location, strict=True)
        if not begun:
            self._take_seed(checkpoint.get("meta", {}).get("seed"), filename)
            self._build_optimization()
        restore_state(runner, checkpoint, filename, optimizer, param_schedulers)
        runner.weights_are_loaded = self.resumed = True
        runner.logger.info(f"resumed {filename}: epoch {runner.epoch}, iteration {runner.iter}")

    def _take_seed(self, seed: int | None, source: str | None) -> None:
        if seed is not None and seed != self.runner.seed:
            self.runner.logger.warning(f"the seed is that of {source}: {seed}, not {self.runner.seed}")
            self.runner.take_seed(seed)

    def _build_optimization(self) -> None:
        """Build optimiser wrapper and schedulers as `train` does."""
        runner = self.runner
        runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
        runner.scale_lr(runner.optim_wrapper, runner.auto_scale_lr)
        if runner.param_schedulers is not None:
            runner.param_schedulers = runner.build_param_scheduler(runner.param_schedulers)

    def save(
        self, place: Path, meta: dict[str, Any], optimizer: bool = True, param_schedulers: bool = True
    ) -> None:
        """Write a checkpoint whole or not at all; see `SegRunner.save_checkpoint`."""
        ranks = gather_rank_states(self.runner) if optimizer else None
        if not is_main_process():
            return
        state = collect_state(self.runner, meta, optimizer, param_schedulers)
        if ranks is not None:
            state["ranks"] = ranks
        self.runner.call_hook("before_save_checkpoint", checkpoint=state)
        write_checkpoint(state, place)

    def save_between_steps(self) -> None:
        """Write what resuming needs, by the hook that writes checkpoints if it can do so out of turn."""
        runner = self.runner
        validated = {"validated_iter": getattr(runner.train_loop, "validated_iter", 0)}
        hook = next((h for h in runner.hooks if hasattr(h, "save_now")), None)
        if hook is not None:
            hook.save_now(runner, **validated)
        else:
            meta = {"epoch": runner.epoch, "iter": runner.iter, **validated}
            runner.save_checkpoint(runner.work_dir, f"iter_{runner.iter}.pth", meta=meta)
