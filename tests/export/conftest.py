"""Files of the tiny FCN of `trained`, each exported once."""

import pytest

from seg_plugins.commands.configs import read_config
from seg_plugins.export import ExportOptions, export_model
from tests.inference.conftest import trained  # noqa: F401


@pytest.fixture(scope="session")
def exported_file(trained, tmp_path_factory):  # noqa: F811
    """The plain file, and the report of its export."""
    out = tmp_path_factory.mktemp("exported") / "disc.onnx"
    return out, export_model(read_config(trained[0]), trained[1], out, ExportOptions(licence="CC0-1.0"))


@pytest.fixture(scope="session")
def bytes_file(trained, tmp_path_factory):  # noqa: F811
    """The file that takes 8-bit pixels and gives labels."""
    out = tmp_path_factory.mktemp("exported") / "bytes.onnx"
    return out, export_model(read_config(trained[0]), trained[1], out, ExportOptions(labels=True, uint8=True))
