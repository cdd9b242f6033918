import copy

import numpy as np
import torch

from seg_plugins.hooks.rehearsal import unchanged_modes, unchanged_random


def test_random_states_and_modes_come_back():
    model = torch.nn.Sequential(torch.nn.BatchNorm2d(1).eval(), torch.nn.Dropout())
    before = copy.deepcopy([m.training for m in model.modules()])
    state = torch.get_rng_state(), np.random.get_state()[1].copy()
    with unchanged_random(), unchanged_modes(model):
        torch.rand(3), np.random.rand(3)
        assert not model[1].training
    assert [m.training for m in model.modules()] == before
    assert torch.equal(torch.get_rng_state(), state[0]) and (np.random.get_state()[1] == state[1]).all()
