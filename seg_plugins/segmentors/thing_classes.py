"""Which classes of a model are things, which have instances."""

from collections.abc import Sequence

from mmseg.registry import DATASETS

__all__ = ["checked_things"]


def checked_things(thing_ids: Sequence[int] | str, num_classes: int) -> tuple[int, ...]:
    """Return the ids of the thing classes.

    Args:
        thing_ids: The ids, or the registered data set whose METAINFO names the classes.
        num_classes: K of the model.

    Raises:
        ValueError: There is none, or one is not a class.
    """
    if isinstance(thing_ids, str):
        dataset = DATASETS.get(thing_ids)
        if dataset is None or not dataset.METAINFO.get("thing_classes"):
            raise ValueError(
                f"thing_ids={thing_ids!r}: no registered data set of that name lists thing_classes in its "
                "METAINFO; give the class ids instead"
            )
        thing_ids = [dataset.METAINFO["classes"].index(name) for name in dataset.METAINFO["thing_classes"]]
    if not thing_ids or any(not 0 <= i < num_classes for i in thing_ids):
        raise ValueError(
            f"thing_ids={tuple(thing_ids)}: name at least one class id in 0..{num_classes - 1}, "
            "those of the data set's METAINFO['thing_classes']"
        )
    return tuple(thing_ids)
