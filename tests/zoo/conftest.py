import io

import pytest
from rich.console import Console

from tests.zoo.base import make_checkout


@pytest.fixture
def layout(tmp_path):
    return make_checkout(tmp_path)


@pytest.fixture
def console():
    """Writes to memory: `console.file.getvalue()`."""
    return Console(file=io.StringIO(), width=200)
