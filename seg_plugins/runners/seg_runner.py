"""The runner of this project: upstream's, made safe against being killed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import barrier, broadcast_object_list, is_main_process
from mmengine.registry import RUNNERS
from mmengine.runner import BaseLoop, Runner
from mmengine.runner.runner import ConfigType
from torch import nn
from torch.utils.data import DataLoader

from seg_plugins.checkpoints.safe_loading import use_safe_loading
from seg_plugins.checkpoints.sealed_file import corruption, require_local, write_checkpoint
from seg_plugins.config.variables import keep_braces
from seg_plugins.optim.fast_preset import expand_fast

from .checked_evaluator import ScoreCheck
from .checked_start import CheckedStart
from .class_names import warn_of_other_classes
from .console import QuietStart
from .exactness import exact_loader, exact_loop
from .loading_workers import guarded_workers
from .moving_averages import make_averages, with_raw_weights
from .rank_state import gather_rank_states
from .resuming import Resuming
from .run_state import collect_state
from .stop_signals import EXIT_RESUMABLE, RunStopped, StopSignals
from .upstream import RunnerSettings, releasing_workers
from .work_dir_lock import WorkDirLock

__all__ = ["SegRunner"]

UPSTREAM_HOOKS = ("runtime_info", "timer", "sampler_seed", "logger", "param_scheduler", "checkpoint")


@RUNNERS.register_module()
class SegRunner(CheckedStart, QuietStart, ScoreCheck, Resuming, RunnerSettings, Runner):
    """MMEngine's runner for runs that may be killed, stopped, requeued and resumed at any moment.

    * A checkpoint is written to a temporary file, synced and renamed, and carries its SHA-256. ``--resume``
      takes the newest complete one and reports those that it skipped.
    * A resumed run is bit for bit the run that was never interrupted, thanks to the exact loops, samplers and
      data sets that the configs name. If a config names upstream's, the exact ones replace them, and a
    warning
      says what to write.
    * SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 save between two steps and end the process with
      ``EXIT_RESUMABLE`` (85).
    * A work directory has one training run at a time.
    * Scores that are NaN or infinite stop a validation or test, with the image's file.
    * Checkpoints are read without running code; ``trust_checkpoint=True`` in the config is the only
    exception.

    The arguments are upstream's.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._stop: StopSignals | None = None
        self._locked = False
        self._trusted = bool((kwargs.get("cfg") or {}).get("trust_checkpoint", False))
        use_safe_loading(self._trusted)
        super().__init__(*args, **kwargs)

    @classmethod
    def from_cfg(cls, cfg: ConfigType) -> Runner:
        """Build from a config after expanding its `fast` preset (see `configs/_base_/fast.py`)."""
        if isinstance(cfg, Config):
            expand_fast(cfg)
        return super().from_cfg(cfg)

    def train(self) -> nn.Module:
        """Train, from the beginning or from the current position.

        Raises:
            ValueError: Another run trains in the work directory.
            RunStopped: A signal ended the run; the process exits with ``EXIT_RESUMABLE``.
        """
        lock = WorkDirLock(self.work_dir)
        self._acquire(lock)
        try:
            self.dump_config()
            self._begin()
            with releasing_workers(self), StopSignals() as self._stop:
                return super().train()
        finally:
            self._stop = None
            lock.release()

    def val(self) -> dict[str, float]:
        """Validate once."""
        self._load_for_evaluation()
        with releasing_workers(self):
            return super().val()

    def test(self) -> dict[str, float]:
        """Run the test."""
        self._load_for_evaluation()
        with releasing_workers(self):
            return super().test()

    def _acquire(self, lock: WorkDirLock) -> None:
        """Take the lock on rank 0; if it is refused, raise on all ranks."""
        outcome: list[str | None] = [None, None]
        if is_main_process():
            try:
                outcome[0] = lock.acquire()
            except ValueError as error:
                outcome[1] = str(error)
        broadcast_object_list(outcome)
        if outcome[1] is not None:
            raise ValueError(outcome[1])
        if outcome[0] is not None:
            self.logger.warning(outcome[0])
        self._locked = True

    def dump_config(self) -> None:
        """Write the config into the work directory, once it is certain that no other run uses it."""
        if self._locked and is_main_process():
            super().dump_config()
            path = Path(self.work_dir, Path(self.cfg.filename or f"{self.timestamp}.py").name)
            if path.suffix == ".py":
                path.write_text(keep_braces(path.read_text(encoding="utf-8")), encoding="utf-8")

    def finish_step(self) -> None:
        """End the run if a signal asked for it; the training loops call this between two steps.

        Raises:
            RunStopped: A signal ended the run, and its state is saved.
        """
        if self._stop is None or (name := self._stop.agreed()) is None:
            return
        self._save_for_resume()
        self._end(name)

    def _save_for_resume(self) -> None:
        validated = {"validated_iter": getattr(self.train_loop, "validated_iter", 0)}
        hook = next((h for h in self.hooks if hasattr(h, "save_now")), None)
        if hook is not None:
            hook.save_now(self, **validated)
        else:
            meta = {"epoch": self.epoch, "iter": self.iter, **validated}
            self.save_checkpoint(self.work_dir, f"iter_{self.iter}.pth", meta=meta)

    def _end(self, name: str) -> None:
        barrier()
        self.logger.info(
            f"{name}: stopped at iteration {self.iter}, continue with --resume (exit code {EXIT_RESUMABLE})"
        )
        self.visualizer.close()
        raise RunStopped(name)

    def call_hook(self, fn_name: str, **kwargs: Any) -> None:
        """Call the hooks; a single process may also stop in a validation, whose start is saved."""
        if fn_name in ("before_run", "after_load_checkpoint"):
            make_averages(self)
        if fn_name == "before_train_iter" and not getattr(self.train_loop, "stops_by_itself", False):
            self.finish_step()
        if fn_name == "after_load_checkpoint" and "state_dict" not in kwargs["checkpoint"]:
            kwargs = {"checkpoint": {"state_dict": kwargs["checkpoint"]}}  # bare weights, unknown to EMAHook
        super().call_hook(fn_name, **kwargs)
        if fn_name != "after_val_iter" or self._stop is None or self.world_size > 1:
            return
        if (name := self._stop.agreed()) is not None:
            with_raw_weights(self)
            self._save_for_resume()
            self._end(name)

    def register_default_hooks(self, hooks: dict | None = None) -> None:
        """Register `default_hooks`; None turns off any of them, not only upstream's own."""
        super().register_default_hooks(
            {name: hook for name, hook in (hooks or {}).items() if hook is not None or name in UPSTREAM_HOOKS}
        )

    def build_train_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the training loop, its loader and its sampler; warn of parts that are not exact."""
        if isinstance(loop, dict):
            loop, lines = exact_loop(loop)
            if isinstance(self.train_loader, dict):
                self.train_loader, more = exact_loader(self.train_loader)
                lines += more
            for line in lines:
                self.logger.warning(line)
        return super().build_train_loop(loop)

    @staticmethod
    def build_dataloader(
        dataloader: DataLoader | dict, seed: int | None = None, diff_rank_seed: bool = False
    ) -> DataLoader:
        """Build a loader as upstream's Runner does, whose workers ignore the signals sent to the run."""
        if isinstance(dataloader, dict):
            dataloader = guarded_workers(dataloader, seed)
        return Runner.build_dataloader(dataloader, seed, diff_rank_seed)

    def load_checkpoint(
        self,
        filename: str,
        map_location: str | Callable = "cpu",
        strict: bool = False,
        revise_keys: list = [(r"^module.", "")],  # noqa: B006  (upstream's signature)
    ) -> dict:
        """Load weights; refuse a local file whose content does not match its checksum.

        Args:
            filename: Local path, URL, ``open-mmlab://`` or ``torchvision://`` name.
            map_location: As for ``torch.load``.
            strict: Refuse missing and unexpected parameters.
            revise_keys: Pairs of pattern and replacement applied to parameter names.

        Raises:
            ValueError: The file is damaged or asks for code.
        """
        if Path(filename).is_file():
            fault = corruption(filename)
            if fault is not None:
                raise ValueError(
                    f"checkpoint {filename} cannot be used: {fault}. Use another, or write it again"
                )
        checkpoint = super().load_checkpoint(filename, map_location, strict, revise_keys)
        if not self.is_resumed:  # otherwise `resume` reports it, after building the loop
            warn_of_other_classes(self, checkpoint, filename)
        return checkpoint

    def save_checkpoint(
        self,
        out_dir: str,
        filename: str,
        file_client_args: dict | None = None,
        save_optimizer: bool = True,
        save_param_scheduler: bool = True,
        meta: dict | None = None,
        by_epoch: bool = True,
        backend_args: dict | None = None,
    ) -> None:
        """Write a checkpoint atomically on rank 0; with the optimiser, every rank has to call this.

        Args:
            out_dir: A local directory.
            filename: Name of the file in it.
            file_client_args: None, or the local file system.
            save_optimizer: Include the optimiser's state.
            save_param_scheduler: Include the schedulers' state.
            meta: Values to record; ``epoch`` and ``iter`` are added.
            by_epoch: Whether the call comes at the end of an epoch or of an iteration.
            backend_args: None, or the local file system.

        Raises:
            OSError: The file could not be written; earlier checkpoints are intact.
            ValueError: A storage backend is requested.
        """
        require_local(str(out_dir), file_client_args, backend_args)
        meta = dict(meta or {})
        meta.setdefault("epoch", self.epoch + by_epoch)
        meta.setdefault("iter", self.iter + (not by_epoch))
        ranks = gather_rank_states(self) if save_optimizer else None
        if not is_main_process():
            return
        state = collect_state(self, meta, save_optimizer, save_param_scheduler)
        if ranks is not None:
            state["ranks"] = ranks
        self.call_hook("before_save_checkpoint", checkpoint=state)
        write_checkpoint(state, Path(out_dir) / filename)
