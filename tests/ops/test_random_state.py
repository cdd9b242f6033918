import random

import numpy as np
import pytest
import torch

from seg_plugins.ops.random_state import unchanged_random


def draw():
    return random.random(), np.random.rand(), float(torch.rand(1))


@pytest.mark.parametrize("cuda", [True, False])
def test_a_block_leaves_no_trace_not_even_where_it_fails(cuda):
    with unchanged_random():
        expected = draw()
    with pytest.raises(KeyError), unchanged_random(cuda):
        draw()
        raise KeyError
    with unchanged_random(cuda):
        assert draw() == expected
