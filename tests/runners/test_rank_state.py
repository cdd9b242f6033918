"""One process here; two are killed and resumed in `test_kills.py`."""

import logging
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from seg_plugins.runners.rank_state import gather_rank_states, restore_rank_state


class Accumulating(SimpleNamespace):
    """An optimiser wrapper in the middle of an accumulation, or at its end."""

    def should_update(self):
        return self.at_end


def run(at_end=False):
    model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))
    model(torch.rand(2, 1, 3, 3)).square().sum().backward()
    wrapper = Accumulating(_accumulative_counts=4, at_end=at_end)
    return SimpleNamespace(model=model, hooks=[], optim_wrapper=wrapper, logger=logging.getLogger("run"))


def gradients(runner):
    return [parameter.grad for parameter in runner.model.parameters()]


def test_accumulated_gradients_come_back():
    saved, resumed = run(), run()
    restore_rank_state(resumed, gather_rank_states(saved), "x.pth")
    for got, wanted in zip(gradients(resumed), gradients(saved), strict=True):
        assert torch.equal(got, wanted) and wanted.abs().sum() > 0


@pytest.mark.parametrize("count", [1, 4])
def test_without_accumulation_one_process_saves_nothing(count):
    runner = run(at_end=True)
    runner.optim_wrapper._accumulative_counts = count
    assert gather_rank_states(runner) == [{}]


def test_another_number_of_ranks_takes_the_first_ones_state_and_says_so(caplog):
    first, second, resumed = run(), run(), run()
    states = [{"buffers": [dict(r.model.named_buffers())]} for r in (first, second)]
    restore_rank_state(resumed, states, "x.pth")
    assert torch.equal(resumed.model[1].running_mean, first.model[1].running_mean)
    assert not torch.equal(resumed.model[1].running_mean, second.model[1].running_mean)
    assert "x.pth was written by 2 processes, not 1" in caplog.text
