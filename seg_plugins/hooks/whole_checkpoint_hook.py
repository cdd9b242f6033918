"""Checkpoints that a run can always be resumed from."""

from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from seg_plugins.files.atomic import write_text
from seg_plugins.runners.upstream import built_loop

__all__ = ["WholeCheckpointHook"]

KEPT = "kept_checkpoints"


@HOOKS.register_module()
class WholeCheckpointHook(CheckpointHook):
    """Upstream's ``CheckpointHook`` in an order that never leaves the run without a checkpoint.

    Upstream deletes the outdated file and then writes the new one; a kill or a full disk in between loses
    both. This hook removes the old file only when the new one is complete. A checkpoint of a step with a
    validation also holds the outcome of the validation and the state that every hook derives from it (early
    stopping runs after upstream's hook has saved).

    Arguments and files are upstream's: one file every ``interval``, one at the end with ``save_last``, and
    one for each best. A run that is killed between two of them repeats the steps since the last, and ends as
    if it had not been killed. With ``max_keep_ckpts=2`` there is a second file in case the newest is damaged.
    """

    saved_iter = 0
    improved = False

    def before_train(self, runner: Runner) -> None:
        """Restore the list of kept files, and finish a removal that a kill interrupted.

        The best checkpoint so far is searched for here, even if the work directory was copied or moved, and
        never in the directory from which it was copied.
        """
        super().before_train(runner)
        here = self._best_paths().items()
        self._set_best_paths({k: path and str(Path(self.out_dir) / Path(path).name) for k, path in here})
        ids = runner.message_hub.get_info("keep_ckpt_ids", [])  # from a checkpoint of upstream's hook
        kept = runner.message_hub.get_info(KEPT, [self.filename_tmpl.format(number) for number in ids])
        if kept:
            self.last_ckpt = self.file_backend.join_path(self.out_dir, kept[-1])
            self.saved_iter = runner.iter
        self._keep(runner, kept)

    def after_val(self, runner: Runner) -> None:
        """Save again with the outcome of the validation: histories, best score, early-stopping counters."""
        improved, self.improved = self.improved and self.last_ckpt is not None, False
        if self._in_training(runner) and (improved or self.has_saved(runner)):
            self._save(runner, validated_iter=runner.iter)

    def after_train(self, runner: Runner) -> None:
        """With ``save_last``, also save the end of a run that stopped early; publish as upstream does."""
        if self.save_last and runner.train_loop.stop_training and not self.has_saved(runner):
            self._save(runner, validated_iter=runner.iter)
        super().after_train(runner)

    def _publish_model(self, runner: Runner, ckpt_path: str | None) -> None:
        """Publish as upstream does, also if one of several metrics never had a best value."""
        if ckpt_path is not None:
            super()._publish_model(runner, ckpt_path)

    def has_saved(self, runner: Runner) -> bool:
        """Return whether there is a checkpoint of the step that the run has just finished."""
        return self.saved_iter == runner.iter > 0

    def save_now(self, runner: Runner, **meta: Any) -> None:
        """Save everything that resuming needs, whatever ``save_optimizer`` says.

        Args:
            runner: The runner, between two iterations.
            **meta: Values to record besides the position.
        """
        self._save(runner, dict(save_optimizer=True, save_param_scheduler=True), **meta)

    def _save(self, runner: Runner, parts: dict[str, bool] | None = None, **meta: Any) -> None:
        """Save the state between two steps, replacing the same step's checkpoint if there is one."""
        name = Path(self.last_ckpt).name if self.has_saved(runner) else self._finished_name(runner)
        self._save_as(runner, name, {"epoch": runner.epoch, "iter": runner.iter, **meta}, parts)

    @staticmethod
    def _in_training(runner: Runner) -> bool:
        return built_loop(runner, "train") is not None

    def _finished_name(self, runner: Runner) -> str:
        if not self.by_epoch:
            return self.filename_tmpl.format(runner.iter)
        start = getattr(runner.train_loop, "epoch_start", None)
        within = runner.iter % len(runner.train_dataloader) if start is None else runner.iter - start
        at_end = runner.epoch > 0 and within == 0
        return self.filename_tmpl.format(runner.epoch) if at_end else f"iter_{runner.iter}.pth"

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        self._save_as(runner, self.filename_tmpl.format(step), meta)

    def _save_as(self, runner: Runner, name: str, meta: dict, parts: dict[str, bool] | None = None) -> None:
        kept = [*(n for n in runner.message_hub.get_info(KEPT, []) if n != name), name]
        runner.message_hub.update_info(KEPT, kept)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        self.saved_iter = meta["iter"]
        runner.message_hub.update_info("last_ckpt", self.last_ckpt)
        parts = parts or dict(
            save_optimizer=self.save_optimizer, save_param_scheduler=self.save_param_scheduler
        )
        runner.save_checkpoint(
            self.out_dir,
            name,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **parts,
            **self.args,
        )
        self._keep(runner, kept)
        if is_main_process():
            write_text(Path(runner.work_dir) / "last_checkpoint", self.last_ckpt)

    def _keep(self, runner: Runner, names: list[str]) -> None:
        """Remove all but the newest ``max_keep_ckpts`` of ``names``."""
        first = max(0, len(names) - self.max_keep_ckpts) if self.max_keep_ckpts > 0 else 0
        runner.message_hub.update_info(KEPT, names[first:])
        for name in names[:first]:
            self._remove(self.file_backend.join_path(self.out_dir, name))

    def _remove(self, path: str) -> None:
        if is_main_process() and self.file_backend.isfile(path):
            self.file_backend.remove(path)

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        """Save as upstream does, but remove the previous best only when the better one is written.

        Raises:
            ValueError: A metric that ``save_best`` names is not computed.
        """
        absent = [key for key in self.save_best or [] if key != "auto" and key not in metrics]
        if absent:
            raise ValueError(
                f"save_best={absent}: the evaluator computes {sorted(metrics)}; name one of these"
            )
        before, last_ckpt = self._best_paths(), self.last_ckpt
        self._set_best_paths(dict.fromkeys(before))
        self.last_ckpt = None  # upstream then leaves saving for resuming to after_val
        try:
            super()._save_best_checkpoint(runner, metrics)
        finally:
            self.last_ckpt = last_ckpt
        after = self._best_paths()
        self.improved = any(after.values())
        self._set_best_paths({key: path or before.get(key) for key, path in after.items()})
        for key, path in after.items():
            if path and before.get(key) and path != before[key]:
                self._remove(before[key])

    def _best_paths(self) -> dict[str, str | None]:
        if not self.save_best:
            return {}
        if len(self.key_indicators) == 1:
            return {"": self.best_ckpt_path}
        return dict(self.best_ckpt_path_dict)

    def _set_best_paths(self, paths: dict[str, str | None]) -> None:
        if self.save_best and len(self.key_indicators) == 1:
            self.best_ckpt_path = paths[""]
        elif self.save_best:
            self.best_ckpt_path_dict = dict(paths)
