"""The runner of this project: upstream's, made safe to kill."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import broadcast_object_list, is_main_process, master_only
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from mmengine.runner.runner import ConfigType

from seg_plugins.optim.fast_preset import expand_fast

from .checkpoint_file import damage, find_whole, remove_unfinished, write_checkpoint
from .run_state import collect_state, restore_state
from .safe_loading import use_safe_loading

__all__ = ["SegRunner"]


@RUNNERS.register_module()
class SegRunner(Runner):
    """MMEngine's runner with checkpoints that survive a kill and never run code.

    * A checkpoint is written beside its place, synced, renamed and carries its SHA-256; ``--resume`` takes
      the newest whole one and says which it skipped.
    * Checkpoints are read without running code; ``trust_checkpoint=True`` in the config is the only way
      round.

    The arguments are upstream's.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        cfg = kwargs.get("cfg") or {}
        use_safe_loading(trusted=cfg.get("trust_checkpoint", False))
        super().__init__(*args, **kwargs)

    @classmethod
    def from_cfg(cls, cfg: ConfigType) -> Runner:
        """Build from a config, its `fast` preset spelt out (see `configs/_base_/fast.py`)."""
        if isinstance(cfg, Config):
            expand_fast(cfg)
        return super().from_cfg(cfg)

    def load_or_resume(self) -> None:
        """Load or resume as the config asks.

        Raises:
            ValueError: A checkpoint named by ``load_from`` is damaged or asks for code.
        """
        if self._has_loaded:
            return
        if self._resume:
            source = self._load_from or self._newest_whole()
            if source is None:
                self.logger.info(f"--resume: no checkpoint in {self.work_dir}, starting from the beginning")
                return
            self.resume(str(source))
        elif self._load_from is not None:
            self.load_checkpoint(self._load_from)

    def _newest_whole(self) -> str | None:
        """The checkpoint to resume from, chosen by rank 0 for all."""
        choice: list[str | None] = [None]
        if is_main_process():
            for path in remove_unfinished(self.work_dir):
                self.logger.info(f"removed {path.name}, which a killed run left unfinished")
            found, skipped = find_whole(self.work_dir)
            for path, fault in skipped.items():
                self.logger.warning(f"--resume skips {path}: {fault}")
            choice = [str(found) if found else None]
        broadcast_object_list(choice)
        return choice[0]

    def load_checkpoint(
        self,
        filename: str,
        map_location: str | Callable = "cpu",
        strict: bool = False,
        revise_keys: list = [(r"^module.", "")],  # noqa: B006  (upstream's signature)
    ) -> dict:
        """Load weights; a local file whose content does not agree with its checksum is refused.

        Args:
            filename: Local path, URL, ``open-mmlab://`` or ``torchvision://`` name.
            map_location: As for ``torch.load``.
            strict: Refuse missing and unexpected parameters.
            revise_keys: Pairs of pattern and replacement applied to parameter names.

        Raises:
            ValueError: The file is damaged or asks for code.
        """
        if Path(filename).is_file():
            fault = damage(filename)
            if fault is not None:
                raise ValueError(
                    f"checkpoint {filename} cannot be used: {fault}. Take another, or write it again"
                )
        return super().load_checkpoint(filename, map_location, strict, revise_keys)

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
            ValueError: The file is damaged, asks for code, or holds no training state.
        """
        location = get_device() if map_location == "default" else map_location
        checkpoint = self.load_checkpoint(filename, map_location=location, strict=True)
        restore_state(self, checkpoint, filename, resume_optimizer, resume_param_scheduler)
        self._has_loaded = True
        self.logger.info(f"resumed {filename}: epoch {self.epoch}, iteration {self.iter}")

    @master_only
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
        """Write a checkpoint whole or not at all.

        Args:
            out_dir: A local directory.
            filename: Name of the file in it.
            file_client_args: Not supported.
            save_optimizer: Include the optimiser's state.
            save_param_scheduler: Include the schedulers' state.
            meta: What to record; ``epoch`` and ``iter`` are filled in.
            by_epoch: Whether the call comes from the end of an epoch, else of an iteration.
            backend_args: Not supported.

        Raises:
            OSError: The file could not be written; those written before are intact.
            ValueError: A storage backend is asked for.
        """
        if file_client_args or backend_args:
            raise ValueError(
                f"checkpoints go to local directories; {file_client_args or backend_args} is not one"
            )
        meta = dict(meta or {})
        meta.setdefault("epoch", self.epoch + by_epoch)
        meta.setdefault("iter", self.iter + (not by_epoch))
        state = collect_state(self, meta, save_optimizer, save_param_scheduler)
        self.call_hook("before_save_checkpoint", checkpoint=state)
        write_checkpoint(state, Path(out_dir) / filename)
