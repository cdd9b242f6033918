"""Imports of the packages of the extra `classical`."""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["classical_extra"]


@contextmanager
def classical_extra() -> Iterator[None]:
    """Wrap a block of imports: if a package is missing, the error says how to install it.

    Raises:
        ImportError: A package is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ImportError(f'{error.name} is missing: pip install "seg-plugins[classical]"') from None
