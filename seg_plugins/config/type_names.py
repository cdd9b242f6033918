"""Detection of unknown `type` names in the whole config, before anything is built."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mmengine.config import Config

from .suggestions import did_you_mean

if TYPE_CHECKING:
    from mmengine.registry import Registry

__all__ = ["check_type_names", "find_type", "registered_names"]

PARTS = (
    "model", "train_dataloader", "val_dataloader", "test_dataloader", "train_cfg", "val_cfg", "test_cfg",
    "default_hooks",
)  # fmt: skip
SCOPES = ("mmengine", "mmseg")


def registries() -> list["Registry"]:
    """Return all registries of MMSegmentation and MMEngine."""
    import mmengine.registry
    import mmseg.registry
    from mmengine.registry import Registry

    modules = (mmseg.registry, mmengine.registry)
    return [value for module in modules for value in vars(module).values() if isinstance(value, Registry)]


def registered_names() -> dict[str, Any]:
    """Return every registered name with its class or function, across all registries."""
    from mmseg.utils import register_all_modules

    register_all_modules(init_default_scope=False)
    names: dict[str, Any] = {}
    for registry in registries():
        registry.import_from_location()
        names.update(registry.module_dict)
    return names


def find_type(name: Any, names: Mapping[str, Any] | None = None) -> Any:
    """Return the class or function that a config's `type` names, or None if it is unknown."""
    if callable(name):
        return name
    if not isinstance(name, str):
        return None
    scope, _, rest = name.rpartition(".")
    if scope and scope not in SCOPES:
        return None
    return (registered_names() if names is None else names).get(rest)


def typed_nodes(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted key and the value of every string `type` in a config."""
    if isinstance(node, Mapping | Config):
        if isinstance(node.get("type"), str):
            yield f"{path}type", node["type"]
        for key in node:
            yield from typed_nodes(node[key], f"{path}{key}.")
    elif isinstance(node, list | tuple):
        for index, item in enumerate(node):
            yield from typed_nodes(item, f"{path}{index}.")


def check_type_names(cfg: Config, source: str) -> None:
    """Check that every `type` in the config is registered.

    Types of other packages (`mmdet.X`) and import paths (`torch.optim.SGD`) are left to the registry.

    Args:
        cfg: The whole config.
        source: The config's file name, for the message.

    Raises:
        ValueError: A name is not registered (the message shows similar ones), or a part is not a dictionary.
    """
    for part in PARTS:
        if not isinstance(cfg.get(part, {}), Mapping | None):
            raise ValueError(f"config {source}: {part}={cfg[part]!r} is no dictionary: write dict(type=...)")
    names = registered_names()
    for place, name in typed_nodes(cfg):
        scope, _, rest = name.rpartition(".")
        if (not scope or scope in SCOPES) and rest not in names:
            raise ValueError(
                f"config {source}: {place}={name!r} is not registered.{did_you_mean(rest, names)}"
                " A class of your own must be imported by `custom_imports`."
            )
