"""MMEngine's reading of YAML and pickle files, made safe from the code that they may carry.

`mmengine.load` builds any Python object that a YAML file asks for and unpickles every file that ends in
`.pkl`. YAML configs, `class_weight="FILE"` of upstream's losses and annotation files of its data sets use it.
"""

from typing import IO, Any

import yaml
from mmengine.fileio import register_handler
from mmengine.fileio.handlers import PickleHandler, YamlHandler

__all__ = ["use_safe_files"]


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
    """Handler that writes pickles but refuses to read them."""

    def load_from_fileobj(self, file: IO, **kwargs: Any) -> Any:
        """Refuse to read.

        Raises:
            ValueError: Always.
        """
        raise ValueError(
            "a pickle file can run code and is not read: save its content as JSON (class weights: as JSON or "
            ".npy). If you trust whoever wrote it, set trust_checkpoint=True in the config"
        )


def use_safe_files(trusted: bool = False) -> None:
    """Make `mmengine.load` of this process run no code from YAML and pickle files.

    Args:
        trusted: Read pickles anyway. Set only by the user's own `trust_checkpoint=True`.
    """
    register_handler(["yaml", "yml"])(PlainYamlHandler)
    register_handler(["pickle", "pkl"])(PickleHandler if trusted else NoPickleHandler)
