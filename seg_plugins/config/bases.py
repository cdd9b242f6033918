"""The bases that configs are made of."""

from pathlib import Path

from seg_plugins.files.package import shipped_folder

from .suggestions import did_you_mean

__all__ = ["base_names", "require_base"]

PARTS = ("encoder_decoder", "hrnet", "resnet18-tiny_d8", "resnet50_d8", "segmenter")


def base_names(kind: str) -> list[str]:
    """Return the names of the files in `configs/_base_/<kind>`, without suffix.

    Files that hold parts of several models are left out.

    >>> "fcn_tiny" in base_names("models"), "adamw_1k" in base_names("schedules")
    (True, True)
    """
    names = sorted(path.stem for path in (shipped_folder("configs") / "_base_" / kind).glob("*.py"))
    return [name for name in names if kind != "models" or name not in PARTS]


def require_base(kind: str, name: str, option: str) -> Path:
    """Return the file of a base.

    Args:
        kind: Folder in `configs/_base_`.
        name: Name without ending.
        option: Who asks for it, for the message.

    Raises:
        ValueError: If there is none.
    """
    known = base_names(kind)
    if name not in known:
        raise ValueError(
            f"{option} {name} is unknown.{did_you_mean(name, known)} Known are {', '.join(known)}"
        )
    return shipped_folder("configs") / "_base_" / kind / f"{name}.py"
