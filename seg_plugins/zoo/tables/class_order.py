"""The classes of a model's data set in their order, which records do not keep."""

from collections.abc import Mapping
from typing import Any

from ..suites.config_hash import resolved_config
from ..suites.layout import Layout
from ..suites.model import Model

__all__ = ["class_order"]


def class_order(layout: Layout, model: Model) -> list[str]:
    """Return the class names of a model's validation data, or [] if the config does not lead to them.

    Args:
        layout: The checkout.
        model: The model.
    """
    config = resolved_config(layout.config(model.config), model.options)
    for part in ("val_dataloader", "test_dataloader", "train_dataloader"):
        dataset = (config.get(part) or {}).get("dataset")
        if dataset and (names := names_of(dataset)):
            return names
    return []


def names_of(dataset: Mapping[str, Any]) -> list[str]:
    """Return the class names of a data set's config, of the first inside wrappers."""
    for inner in (dataset.get("dataset"), *(dataset.get("datasets") or ())):
        if isinstance(inner, Mapping):
            return names_of(inner)
    given = dataset.get("classes") or (dataset.get("metainfo") or {}).get("classes")
    if isinstance(given, list | tuple):
        return list(map(str, given))
    from mmseg.registry import DATASETS

    import seg_plugins.register  # noqa: F401  (fills the registry)

    kind = DATASETS.get(str(dataset.get("type")))
    return list(map(str, (getattr(kind, "METAINFO", None) or {}).get("classes") or ()))
