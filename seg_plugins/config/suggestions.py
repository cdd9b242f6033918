"""Similar names, for error messages that suggest what was meant."""

import difflib
from collections.abc import Iterable

__all__ = ["close_names", "did_you_mean"]


def close_names(name: str, names: Iterable[str], count: int = 3, cutoff: float = 0.6) -> list[str]:
    """Return the names most similar to `name`, best first, ignoring case.

    Args:
        name: The name as written.
        names: The existing names.
        count: Maximum number of names.
        cutoff: Smallest similarity (`difflib` ratio, 0 to 1) that counts.

    >>> close_names("UNett", ["FCNHead", "UNet", "unet_tiny"])
    ['UNet', 'unet_tiny']
    """
    by_lower: dict[str, str] = {}
    for candidate in names:
        by_lower.setdefault(candidate.lower(), candidate)
    return [by_lower[m] for m in difflib.get_close_matches(name.lower(), by_lower, n=count, cutoff=cutoff)]


def did_you_mean(name: str, names: Iterable[str], cutoff: float = 0.6) -> str:
    """Return a sentence with similar names, or an empty string if there are none.

    >>> did_you_mean("UNett", ["FCNHead", "UNet"])
    ' Did you mean UNet?'
    """
    close = close_names(name, names, cutoff=cutoff)
    return f" Did you mean {' or '.join(close)}?" if close else ""
