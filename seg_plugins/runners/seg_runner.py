"""The runner of this project: upstream's, made safe against being killed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import barrier
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper
from mmengine.registry import RUNNERS
from mmengine.runner import BaseLoop, Runner
from mmengine.runner.runner import ConfigType
from torch import nn
from torch.utils.data import DataLoader

from seg_plugins.checkpoints.safe_loading import SafeLoading
from seg_plugins.checkpoints.sealed_file import require_local
from seg_plugins.config.variables import keep_braces
from seg_plugins.optim.fast_preset import expand_fast

from .checked_evaluator import checked
from .checked_start import StartChecks, check_arguments
from .console import QuietStart
from .exactness import exact_hook, exact_loader, exact_loop
from .hook_states import leave_validation
from .loading_workers import guarded_workers
from .run_checkpoints import RunCheckpoints
from .stop_signals import EXIT_RESUMABLE, RunStopped, StopSignals
from .upstream import OpenRunner, releasing_workers
from .work_dir_lock import WorkDirLock, held_for_all_ranks

__all__ = ["SegRunner"]

UPSTREAM_HOOKS = ("runtime_info", "timer", "sampler_seed", "logger", "param_scheduler", "checkpoint")


@RUNNERS.register_module()
class SegRunner(OpenRunner):
    """MMEngine's runner for runs that may be killed, stopped, requeued and resumed at any moment.

    * A checkpoint is written to a temporary file, synced and renamed, and carries its SHA-256. ``--resume``
      takes the newest complete one and reports those that it skipped.
    * A resumed run is bit for bit the run that was never interrupted, thanks to the exact loops, samplers,
      data sets and hooks that the configs name. If a config names upstream's, the exact ones replace them,
      and a warning says what to write.
    * SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 save between two steps and end the process with
      ``EXIT_RESUMABLE`` (85).
    * A work directory has one training run at a time.
    * Scores that are NaN or infinite stop a validation or test, with the image's file.
    * Checkpoints are read without running code; ``trust_checkpoint=True`` in the config is the only
    exception.

    The arguments are upstream's. The methods are upstream's too, and hand on to the parts below.

    Attributes:
        loading: How checkpoints, YAML and pickle files are read while the run is at work.
        checkpoints: Where the run begins, and what it writes.
        signals: What asked it to stop.
        lock: Of the work directory; held while it trains.
        checks: What is looked at before the first step.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        trusted = bool((kwargs.get("cfg") or {}).get("trust_checkpoint", False))
        self.loading = SafeLoading(trusted)
        self.checkpoints = RunCheckpoints(self, self.loading)
        self.signals = StopSignals()
        self.checks = StartChecks(self)
        self.lock: WorkDirLock | None = None
        check_arguments(self, args, kwargs)
        with self.loading.in_force(), QuietStart() as self._start:
            super().__init__(*args, **kwargs)
        self.lock = WorkDirLock(self.work_dir)
        self._start.sum_up(self)
        self.checks.say_idle_options()
        self.checks.say_plain_norms()

    @classmethod
    def from_cfg(cls, cfg: ConfigType) -> Runner:
        """Build from a config after expanding its `fast` preset (see `configs/_base_/fast.py`)."""
        if isinstance(cfg, Config):
            expand_fast(cfg)
        return super().from_cfg(cfg)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Read files by the run's own policy; afterwards no loading worker is left."""
        with self.loading.in_force(), releasing_workers(self):
            yield

    def train(self) -> nn.Module:
        """Train, from the beginning or from the current position.

        Raises:
            ValueError: Another run trains in the work directory.
            RunStopped: A signal ended the run; the process exits with ``EXIT_RESUMABLE``.
        """
        with held_for_all_ranks(self.lock, self.logger):
            self.dump_config()
            self.checkpoints.begin()
            with self._at_work(), self.signals:
                return super().train()

    def val(self) -> dict[str, float]:
        """Validate once."""
        with self._at_work():
            self.checkpoints.load_for_evaluation()
            return super().val()

    def test(self) -> dict[str, float]:
        """Run the test."""
        with self._at_work():
            self.checkpoints.load_for_evaluation()
            return super().test()

    def log_environment(self, env_cfg: dict) -> None:
        """Log the environment to the file; the console begins with what comes after the start."""
        self._start.begin(self.logger)
        super().log_environment(env_cfg)

    def dump_config(self) -> None:
        """Write the config into the work directory, once it is certain that no other run uses it."""
        if self.lock is not None and self.lock.held:  # by rank 0 for all
            super().dump_config()
            path = Path(self.work_dir, Path(self.cfg.filename or f"{self.timestamp}.py").name)
            if path.suffix == ".py":
                path.write_text(keep_braces(path.read_text(encoding="utf-8")), encoding="utf-8")

    def finish_step(self) -> None:
        """End the run if a signal asked for it; the training loops call this between two steps.

        Raises:
            RunStopped: A signal ended the run, and its state is saved.
        """
        if (name := self.signals.agreed()) is not None:
            self._save_and_end(name)

    def _save_and_end(self, name: str) -> None:
        self.checkpoints.save_between_steps()
        barrier()
        self.logger.info(
            f"{name}: stopped at iteration {self.iter}, continue with --resume (exit code {EXIT_RESUMABLE})"
        )
        self.visualizer.close()
        raise RunStopped(name)

    def call_hook(self, fn_name: str, **kwargs: Any) -> None:
        """Call the hooks; a single process may also stop in a validation, whose start is saved."""
        if fn_name == "before_train_iter" and not getattr(self.train_loop, "stops_by_itself", False):
            self.finish_step()
        if fn_name == "after_load_checkpoint":  # before the hooks look at it
            self.checkpoints.fit(kwargs["checkpoint"])
        with self.checks.around_first_hooks() if fn_name == "before_train" else nullcontext():
            super().call_hook(fn_name, **kwargs)
        alone_in_validation = fn_name == "after_val_iter" and self.world_size == 1
        if alone_in_validation and (name := self.signals.agreed()) is not None:
            leave_validation(self)
            self._save_and_end(name)

    def register_hook(self, hook: Hook | dict, priority: Any = None) -> None:
        """Register a hook; a warning names what is not exact."""
        hook, line = exact_hook(hook)
        if line is not None:
            self.logger.warning(line)
        super().register_hook(hook, priority)

    def register_default_hooks(self, hooks: dict | None = None) -> None:
        """Register `default_hooks`; None turns off any of them, not only upstream's own."""
        super().register_default_hooks(
            {name: hook for name, hook in (hooks or {}).items() if hook is not None or name in UPSTREAM_HOOKS}
        )

    def wrap_model(self, model_wrapper_cfg: dict | None, model: nn.Module) -> nn.Module:
        """Distribute the model, unless nothing of it learns, which DistributedDataParallel refuses."""
        model = self.checks.with_plain_norms(model)
        if not any(parameter.requires_grad for parameter in model.parameters()):
            return model.to(get_device())
        return super().wrap_model(model_wrapper_cfg, model)

    def build_train_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the training loop, its loader and its sampler; warn of parts that are not exact."""
        if isinstance(loop, dict):
            loop, lines = exact_loop(loop)
            if isinstance(self.train_loader, dict):
                self.train_loader, more = exact_loader(self.train_loader)
                lines += more
            for line in lines:
                self.logger.warning(line)
        with self.loading.in_force():
            return self.checks.train_loop(super().build_train_loop(loop))

    def build_val_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the validation loop."""
        with self.loading.in_force():
            return self.checks.evaluation_loop(super().build_val_loop(loop), "val")

    def build_test_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the test loop."""
        with self.loading.in_force():
            return self.checks.evaluation_loop(super().build_test_loop(loop), "test")

    def build_evaluator(self, evaluator: Evaluator | dict | list) -> Evaluator:
        """Build an evaluator that stops scores which are no numbers."""
        return checked(super().build_evaluator(evaluator), evaluator)

    @staticmethod
    def build_dataloader(
        dataloader: DataLoader | dict, seed: int | None = None, diff_rank_seed: bool = False
    ) -> DataLoader:
        """Build a loader as upstream's Runner does, whose workers ignore the signals sent to the run."""
        if isinstance(dataloader, dict):
            dataloader = guarded_workers(dataloader, seed)
        return Runner.build_dataloader(dataloader, seed, diff_rank_seed)

    def scale_lr(self, optim_wrapper: OptimWrapper, auto_scale_lr: dict | None = None) -> None:
        """Scale the learning rate as ``auto_scale_lr`` says; that of a resumed run is scaled already."""
        if not self.checkpoints.resumed:
            super().scale_lr(optim_wrapper, auto_scale_lr)

    def load_or_resume(self) -> None:
        """Load or resume as the config asks, in `train`, `val` and `test` or by hand before them.

        Raises:
            ValueError: A checkpoint named by ``load_from`` is damaged or asks for code.
        """
        self.checkpoints.load_or_resume()

    def resume(
        self,
        filename: str,
        resume_optimizer: bool = True,
        resume_param_scheduler: bool = True,
        map_location: str | Callable = "default",
    ) -> None:
        """Take a run up where a checkpoint left it.

        Args:
            filename: The checkpoint; it has to fit the model exactly.
            resume_optimizer: Restore the optimiser's state.
            resume_param_scheduler: Restore the schedulers' state.
            map_location: As for ``torch.load``; "default" is the device of this process.

        Raises:
            ValueError: The file is damaged, asks for code, does not fit, or holds no training state; or
                the run does not train.
        """
        self.checkpoints.resume(
            filename, resume_optimizer, resume_param_scheduler, map_location, begun=self.signals.active
        )

    def load_checkpoint(
        self,
        filename: str,
        map_location: str | Callable = "cpu",
        strict: bool = False,
        revise_keys: list = [(r"^module.", "")],  # noqa: B006  (upstream's signature)
    ) -> dict:
        """Load weights; refuse a file that is corrupt or asks for code. The arguments are upstream's.

        Raises:
            ValueError: It is.
        """
        return self.checkpoints.load(filename, map_location, strict, revise_keys)

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

        The arguments are upstream's; ``epoch`` and ``iter`` of ``meta`` are filled in.

        Raises:
            OSError: The file could not be written; earlier checkpoints are intact.
            ValueError: A storage backend is requested.
        """
        require_local(str(out_dir), file_client_args, backend_args)
        meta = {"epoch": self.epoch + by_epoch, "iter": self.iter + (not by_epoch)} | dict(meta or {})
        self.checkpoints.save(Path(out_dir) / filename, meta, save_optimizer, save_param_scheduler)
