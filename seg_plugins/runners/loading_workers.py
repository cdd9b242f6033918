"""Loading workers that ignore the signals sent to their run."""

from functools import partial
from typing import Any

from mmengine.dist import get_rank
from mmengine.registry import FUNCTIONS

from .settings import with_idle_options_off
from .stop_signals import init_worker

__all__ = ["guarded_workers"]


def guarded_workers(loader: dict, seed: int | None) -> dict:
    """Return a loader's config whose workers, if any, ignore the signals sent to the run."""
    loader = with_idle_options_off(loader)
    start: dict[str, Any] = {}
    given = dict(loader.pop("worker_init_fn", None) or {})
    if given:
        kind = given.pop("type")
        start["user_init"] = partial(FUNCTIONS.get(kind) if isinstance(kind, str) else kind, **given)
    else:
        start["num_workers"] = loader.get("num_workers", 0)
        start["rank"], start["seed"] = get_rank(), seed or 0
        start["disable_subprocess_warning"] = loader.pop("disable_subprocess_warning", False)
    return {**loader, "worker_init_fn": {"type": init_worker, **start}}
