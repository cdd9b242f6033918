"""The checkpoint from which a run with ``--resume`` continues."""

from logging import Logger
from pathlib import Path

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from seg_plugins.checkpoints.safe_loading import SafeLoading
from seg_plugins.checkpoints.sealed_file import find_whole, has_started, remove_unfinished, require_local

__all__ = ["checkpoint_place", "resume_source"]


def checkpoint_place(runner: Runner) -> tuple[str, str]:
    """Return directory and name template of the checkpoints that a run will write, from its hook.

    Raises:
        ValueError: They are to be written elsewhere than to a local directory.
    """
    for hook in runner.hooks:
        if isinstance(hook, CheckpointHook):
            require_local(str(hook.out_dir or runner.work_dir), hook.file_client_args, hook.backend_args)
            elsewhere = hook.out_dir not in (None, runner.work_dir)
            folder = Path(hook.out_dir) / Path(runner.work_dir).name if elsewhere else runner.work_dir
            return str(folder), hook.filename_tmpl
    return runner.work_dir, "iter_{}.pth"


def resume_source(
    directory: str,
    load_from: str | None,
    loading: SafeLoading,
    logger: Logger,
    template: str = "iter_{}.pth",
) -> tuple[str | None, int | None]:
    """Find the newest complete checkpoint of the run, else a local ``load_from`` with a training state.

    A run that started here from the weights of ``load_from``, and ended before its first checkpoint, starts
    from them again. Every rank has to call this.

    Args:
        directory: Directory of the run's checkpoints.
        load_from: The config's ``load_from``.
        loading: How files are read.
        logger: Reports what was skipped, and that a run starts because there is no checkpoint.
        template: See :func:`find_whole`.

    Returns:
        The checkpoint and the seed of the run that wrote it; None and None if the run starts from scratch,
        with the weights of ``load_from`` if set.
    """
    own = _newest_whole(directory, template, logger)
    source = own or load_from
    found = {}
    if source is not None and Path(source).is_file():
        found = loading.read(source, mmap=True)
    if own is None and (has_started(directory) or not {"message_hub", "optimizer"} <= found.keys()):
        weights = f" with the weights of {load_from}" if load_from else ""
        logger.info(f"--resume: no checkpoint in {directory}, starting from the beginning{weights}")
        return None, None
    if own is not None and load_from is not None:
        logger.info(f"--resume: the run continues from {own}; load_from={load_from} is not read")
    return source, found.get("meta", {}).get("seed")


def _newest_whole(directory: str, template: str, logger: Logger) -> str | None:
    """Find it on rank 0, for all ranks."""
    choice: list[str | None] = [None]
    if is_main_process():
        for path in remove_unfinished(directory):
            logger.info(f"removed {path.name}, which a killed run left unfinished")
        found, skipped = find_whole(directory, template)
        for path, fault in skipped.items():
            logger.warning(f"--resume skips {path}: {fault}")
        choice = [str(found) if found else None]
    broadcast_object_list(choice)
    return choice[0]
