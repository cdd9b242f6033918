"""Putting something else in the place of an object's attributes and methods, for a block or for good."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["replace_method", "replaced"]


@contextmanager
def replaced(owner: Any, **values: Any) -> Iterator[None]:
    """Give an object other attributes for the block; those that it does not have are left out.

    Args:
        owner: The object; a method is put before that of its class, and after the block its class's is back.
        **values: By name.
    """
    names = [name for name in values if hasattr(owner, name)]
    own = {name: vars(owner)[name] for name in names if name in vars(owner)}
    try:
        for name in names:
            setattr(owner, name, values[name])
        yield
    finally:
        for name in names:
            if name in own:
                setattr(owner, name, own[name])
            elif name in vars(owner):
                delattr(owner, name)


def replace_method(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put another function in the place of a method of one object, for good and once.

    Args:
        owner: The object; its class stays as it is. One whose method is replaced already is left alone.
        name: Of the method.
        make: Gets the method, and returns what is called from now on.
    """
    if name not in vars(owner):
        setattr(owner, name, make(getattr(owner, name)))
