"""Near-miss names, for error messages that say what was probably meant."""

import difflib
from collections.abc import Iterable

__all__ = ["close_names", "did_you_mean"]


def close_names(name: str, names: Iterable[str], count: int = 3, cutoff: float = 0.6) -> list[str]:
    """The names most like `name`, best first; case does not count.

    Args:
        name: What was written.
        names: What exists.
        count: Most names returned.
        cutoff: Smallest similarity (`difflib` ratio, 0 to 1) that counts as near.

    >>> close_names("UNett", ["FCNHead", "UNet", "unet_tiny"])
    ['UNet', 'unet_tiny']
    """
    by_lower: dict[str, str] = {}
    for candidate in names:
        by_lower.setdefault(candidate.lower(), candidate)
    return [by_lower[m] for m in difflib.get_close_matches(name.lower(), by_lower, n=count, cutoff=cutoff)]


def did_you_mean(name: str, names: Iterable[str], cutoff: float = 0.6) -> str:
    """A sentence with the near misses, or an empty string when nothing is near.

    >>> did_you_mean("UNett", ["FCNHead", "UNet"])
    ' Did you mean UNet?'
    """
    close = close_names(name, names, cutoff=cutoff)
    return f" Did you mean {' or '.join(close)}?" if close else ""
