"""Location of this package, its configs and its tools."""

from pathlib import Path

__all__ = ["PACKAGE", "shipped_folder", "shipped_root"]

PACKAGE = Path(__file__).resolve().parents[1]


def shipped_root() -> Path:
    """Return the folder of `configs/` and `tools/`: the checkout, or `.mim` in an installed package."""
    return PACKAGE.parent if (PACKAGE.parent / "configs").is_dir() else PACKAGE / ".mim"


def shipped_folder(name: str) -> Path:
    """Return the folder `configs` or `tools`.

    >>> (shipped_folder("configs") / "_base_" / "runtime.py").is_file()
    True
    """
    return shipped_root() / name
