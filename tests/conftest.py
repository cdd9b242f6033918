import pytest
from mmengine.fileio.handlers.registry_utils import file_handlers
from mmengine.registry import init_default_scope
from mmengine.runner import CheckpointLoader

from seg_plugins.runners import use_safe_loading

init_default_scope("mmseg")


@pytest.fixture
def safe_loading():
    """`use_safe_loading`; whatever a test registers is undone."""
    before, handlers = CheckpointLoader._schemes.copy(), file_handlers.copy()
    yield use_safe_loading
    CheckpointLoader._schemes = before
    file_handlers.update(handlers)
