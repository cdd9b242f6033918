"""Replacement of an object's attributes and methods, for a block or permanently."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["replace_method", "replaced"]


@contextmanager
def replaced(owner: Any, **values: Any) -> Iterator[None]:
    """Replace attributes of an object within the block; attributes that it lacks are left out.

    Args:
        owner: The object. A replaced method hides that of the class, which is visible again after the block.
        **values: New values by name.
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
    """Replace a method of one object, permanently and only once.

    Args:
        owner: The object; its class stays unchanged. If the method is already replaced, nothing happens.
        name: Name of the method.
        make: Takes the method and returns the function to call instead.
    """
    if name not in vars(owner):
        setattr(owner, name, make(getattr(owner, name)))
