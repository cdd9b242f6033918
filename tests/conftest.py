import random

import numpy as np
import pytest
import torch
from hypothesis import settings
from mmengine.fileio.handlers.registry_utils import file_handlers
from mmengine.registry import DefaultScope, init_default_scope
from mmengine.runner import CheckpointLoader

from seg_plugins.checkpoints.safe_loading import use_safe_loading

init_default_scope("mmseg")
settings.register_profile("everywhere_alike", deadline=None, derandomize=True, database=None)
settings.load_profile("everywhere_alike")


@pytest.fixture(autouse=True)
def same_draws():
    """What a test draws without a seed depends neither on the machine nor on the tests before it."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture
def safe_loading():
    """`use_safe_loading`; whatever a test registers is undone."""
    before, handlers = CheckpointLoader._schemes.copy(), file_handlers.copy()
    yield use_safe_loading
    CheckpointLoader._schemes = before
    file_handlers.update(handlers)


@pytest.fixture(autouse=True)
def own_default_scope():
    """The scope that a test or its run sets is its own: the next test does not look names up in it."""
    before = DefaultScope._instance_dict.copy()
    yield
    DefaultScope._instance_dict.clear()
    DefaultScope._instance_dict.update(before)
