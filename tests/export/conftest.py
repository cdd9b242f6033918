"""Files of the tiny FCN of `trained`, each exported once."""

from functools import lru_cache

import pytest

from seg_plugins.commands.configs import read_config
from seg_plugins.export import ExportOptions, export_model
from tests.inference.conftest import trained  # noqa: F401


@lru_cache
def export_of(run, name, options):
    """The file and the report of its export, made once for all that import the fixtures."""
    out = run[1].parent / name
    return out, export_model(read_config(run[0]), run[1], out, options)


@pytest.fixture(scope="session")
def exported_file(trained):  # noqa: F811
    """The plain file, and the report of its export."""
    return export_of(trained, "disc.onnx", ExportOptions(licence="CC0-1.0"))


@pytest.fixture(scope="session")
def bytes_file(trained):  # noqa: F811
    """The file that takes 8-bit pixels and gives labels."""
    return export_of(trained, "bytes.onnx", ExportOptions(labels=True, uint8=True))
