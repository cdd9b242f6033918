"""MMEngine's reading of YAML and pickle files, made safe from the code that they may carry.

`mmengine.load` builds any Python object that a YAML file asks for and unpickles every file that ends in
`.pkl`. YAML configs, `class_weight="FILE"` of upstream's losses and annotation files of its data sets use it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

import yaml
from mmengine.fileio import register_handler
from mmengine.fileio.handlers import PickleHandler, YamlHandler, file_handlers

from .in_force import InForce

__all__ = ["safe_files"]


class PlainYamlHandler(YamlHandler):
    """Handler for YAML files of plain values."""

    def load_from_fileobj(self, file: IO, **kwargs: Any) -> Any:
        """Read a file.

        Raises:
            ValueError: The file is not YAML, or asks for a Python object.
        """
        try:
            return yaml.load(file, **{**kwargs, "Loader": getattr(yaml, "CSafeLoader", yaml.SafeLoader)})
        except yaml.YAMLError as error:
            raise ValueError(f"the file is not YAML of plain values: {error}") from error


class NoPickleHandler(PickleHandler):
    """Handler that writes pickles and reads those that the user trusts."""

    def load_from_fileobj(self, file: IO, **kwargs: Any) -> Any:
        """Read a trusted file.

        Raises:
            ValueError: The user does not trust it.
        """
        if IN_FORCE.newest:
            return super().load_from_fileobj(file, **kwargs)
        raise ValueError(
            "a pickle file can run code and is not read: save its content as JSON (class weights: as JSON or "
            ".npy). If you trust whoever wrote it, set trust_checkpoint=True in the config"
        )


HANDLERS = {
    **dict.fromkeys(("yaml", "yml"), PlainYamlHandler),
    **dict.fromkeys(("pickle", "pkl"), NoPickleHandler),
}


def _register() -> Callable[[], None]:
    before = {suffix: file_handlers[suffix] for suffix in HANDLERS}
    for suffix, handler in HANDLERS.items():
        register_handler(suffix)(handler)
    return lambda: file_handlers.update(before)


IN_FORCE: InForce[bool] = InForce(_register)  # whether pickles are trusted


@contextmanager
def safe_files(trusted: bool = False) -> Iterator[None]:
    """Make `mmengine.load` run no code from YAML and pickle files while the block runs.

    Args:
        trusted: Read pickles anyway. Set only by the user's own `trust_checkpoint=True`.
    """
    with IN_FORCE.block(trusted):
        yield
