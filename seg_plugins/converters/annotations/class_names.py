"""The classes of a data set whose files name them."""

from collections.abc import Callable, Sequence

from seg_plugins.config.suggestions import did_you_mean

from ..converter import SourceError

__all__ = ["IGNORED", "choose_classes", "class_ids", "is_background", "is_ignored_name"]

BACKGROUND = "background"
IGNORED = 255


def is_background(label: str) -> bool:
    """Test whether a label means pixels that no object covers.

    >>> is_background("_background_"), is_background("Background"), is_background("back")
    (True, True, False)
    """
    return label.casefold().strip("_ ") == BACKGROUND


def is_ignored_name(label: str) -> bool:
    """Test whether a label means pixels that are not counted.

    >>> is_ignored_name("__ignore__"), is_ignored_name("ignore")
    (True, False)
    """
    return label.casefold() in ("__ignore__", "_ignore_", "__ignored__", "_ignored_")


def same_class(label: str, other: str) -> bool:
    """Test whether two labels are of one class."""
    return label == other or (is_background(label) and is_background(other))


def choose_classes(labels: Sequence[str], wanted: Sequence[str] | None, source: object) -> list[str]:
    """Return the classes to learn: those of the files, or the wanted ones among them, in that order.

    Args:
        labels: Labels of the files, in order.
        wanted: `--classes`, or None for all; "background" is always allowed.
        source: The files, for the message.

    Raises:
        SourceError: If there is no class, one is unknown or given twice, or a name would be changed by
            MMEngine.
    """
    known: list[str] = []
    for label in labels:
        if not is_ignored_name(label) and not any(same_class(label, other) for other in known):
            known.append(BACKGROUND if is_background(label) and label.startswith("_") else label)
    if not known:
        raise SourceError(f"{source} names no class: add labels to its objects")
    for index, name in enumerate(wanted or ()):
        if not is_background(name) and name not in known:
            some = ", ".join(map(repr, known[:20])) + (", ..." if len(known) > 20 else "")
            hint = did_you_mean(name, known)
            raise SourceError(f"--classes: {source} has no class {name!r}; it has {some}.{hint}")
        if any(same_class(name, other) for other in wanted[:index]):
            raise SourceError(f"--classes: {name!r} is given twice")
    chosen = list(wanted) if wanted else known
    for name in chosen:
        if "{{" in name:
            raise SourceError(
                f"{source} has the class {name!r}: MMEngine replaces text in double braces when a "
                "config is read; rename the class"
            )
    return chosen


def class_ids(
    labels: Sequence[str],
    wanted: Sequence[str] | None,
    source: object,
    covered: Callable[[Sequence[str]], bool] = lambda _: False,
) -> tuple[list[str], dict[str, int], int]:
    """Choose the classes and the id of every label.

    Pixels without a label are background. If the files have no such class, it becomes the first one, unless
    the chosen labels cover every pixel.

    Args:
        labels: Labels of the files, in order.
        wanted: `--classes`, or None for all.
        source: The files, for messages.
        covered: Whether objects with these labels cover every pixel of all images.

    Returns:
        Names of the classes; ids of the labels, without those that are left out; id of the background,
        or 255 if there is no background.

    Raises:
        SourceError: Like `choose_classes`, or if there are more than 255 classes.
    """
    classes = choose_classes(labels, wanted, source)
    ignored = [label for label in labels if is_ignored_name(label)]
    if not any(map(is_background, classes)):
        drawn = any(map(is_background, labels))
        if drawn or not covered([*classes, *ignored]):
            classes = [BACKGROUND, *classes]
    if len(classes) > IGNORED:
        raise SourceError(
            f"{source} has {len(classes)} classes, at most {IGNORED} fit: choose with --classes"
        )
    rest = next((i for i, name in enumerate(classes) if is_background(name)), IGNORED)
    ids = {name: i for i, name in enumerate(classes)} | dict.fromkeys(ignored, IGNORED)
    return classes, ids | {label: rest for label in labels if is_background(label)}, rest
