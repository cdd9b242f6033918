"""The config file that a path, or a name without a path, means."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from seg_plugins.files.package import shipped_folder

from .suggestions import close_names

__all__ = ["config_word", "find_config", "named_configs"]

SHOWN = 6


def places() -> Iterator[Path]:
    """Yield the configs that a name may mean, nearest first: here, of own data sets, of the zoo."""
    yield from sorted(Path().glob("*.py"))
    yield from sorted(Path("configs").rglob("*.py"))
    yield from sorted(Path("data").glob("*/*.py"))
    yield from zoo(shipped_folder("configs"))


@cache
def zoo(folder: Path) -> tuple[Path, ...]:
    """Return all config files below a folder."""
    return tuple(sorted(folder.rglob("*.py")))


def named_configs() -> dict[str, Path]:
    """Return the configs that can be called by name, keyed by their file name without suffix."""
    found: dict[str, Path] = {}
    for path in places():
        if "_base_" not in path.parts:
            found.setdefault(path.stem, path)
    return found


def names_near(name: str, known: dict[str, Path]) -> list[str]:
    """Return the names that contain `name`, and similar ones, best first."""
    holding = [other for other in known if name and name.lower() in other.lower()]
    return holding or close_names(name, known)


def near_files(path: Path) -> list[Path]:
    """Return configs with a similar path from the first place that has any: around it, else among names."""
    for root in (path.parent, *(parent for parent in path.parents if parent.name == "configs")):
        files = root.glob("*.py") if root == path.parent else root.rglob("*.py")
        found = {file.stem: file for file in sorted(files, reverse=True) if "_base_" not in file.parts}
        names = names_near(path.stem, found) or (
            list(found) if root == path.parent and len(found) <= SHOWN else []
        )
        if names:
            return [found[name] for name in names]
    known = named_configs()
    return [known[name] for name in names_near(path.stem, known)]


def find_config(config: str | Path) -> Path:
    """Return the config file that a path or a name means.

    Args:
        config: A path, or the name of a config, with or without `.py`: of a file here, of an own data set in
            `data/NAME/`, or of the zoo.

    Raises:
        FileNotFoundError: There is no such config, or it is a folder; the message shows similar ones.
    """
    path = Path(config).expanduser()
    if path.is_file():
        return path
    if path.is_dir():
        files = sorted(path.glob("*.py"))
        inside = f": {' or '.join(map(str, files[:SHOWN]))}" if files else ""
        raise FileNotFoundError(f"config {config}: this is a folder. Name a file in it{inside}")
    known = named_configs()
    name = path.name.removesuffix(".py")
    if path.parent == Path() and name in known:
        return known[name]
    if path.parent == Path() and path.suffix != ".py":
        shown, what = names_near(path.name, known), "config of this name"
    else:
        shown, what = list(map(str, near_files(path))), "such file"
    more = f"\n  and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    near_ones = "".join(f"\n  {one}" for one in shown[:SHOWN])
    hint = f" Did you mean:{near_ones}{more}" if shown else f" The zoo's lie in {shipped_folder('configs')}"
    raise FileNotFoundError(f"config {config}: there is no {what}.{hint}")


def config_word(config: str | Path) -> str:
    """Return what to type for a config: its path, or its name if it is in the zoo and not in this folder."""
    path = Path(config)
    outside = path.is_absolute() and not path.is_relative_to(Path.cwd())
    named = named_configs().get(path.stem) if outside else None
    return path.stem if named is not None and named.samefile(path) else str(config)
