import random

import numpy as np
import pytest
import torch
from hypothesis import settings
from mmengine.registry import DefaultScope, init_default_scope

init_default_scope("mmseg")
settings.register_profile("everywhere_alike", deadline=None, derandomize=True, database=None)
settings.load_profile("everywhere_alike")


@pytest.fixture(autouse=True)
def same_draws():
    """What a test draws without a seed depends neither on the machine nor on the tests before it."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def own_default_scope():
    """The scope that a test or its run sets is its own: the next test does not look names up in it."""
    before = DefaultScope._instance_dict.copy()
    yield
    DefaultScope._instance_dict.clear()
    DefaultScope._instance_dict.update(before)
