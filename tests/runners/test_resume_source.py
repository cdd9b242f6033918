"""The run itself starts and resumes in `test_seg_runner.py`."""

import logging

import pytest
import torch

from seg_plugins.checkpoints.safe_loading import SafeLoading
from seg_plugins.checkpoints.sealed_file import mark_start, write_checkpoint
from seg_plugins.runners.resume_source import resume_source

LOGGER = logging.getLogger("run")


def state(seed):
    return {
        "state_dict": {"w": torch.ones(3)},
        "message_hub": {},
        "optimizer": {},
        "meta": {"iter": 3, "seed": seed},
    }


@pytest.fixture
def places(tmp_path):
    (tmp_path / "work").mkdir()
    return str(tmp_path / "work"), str(tmp_path / "other.pth")


def test_its_own_checkpoint_comes_before_the_one_it_started_from_and_this_is_said(places, caplog):
    work, other = places
    write_checkpoint(state(1), other)
    write_checkpoint(state(2), f"{work}/iter_3.pth")
    caplog.set_level(logging.INFO)
    assert resume_source(work, other, SafeLoading(), LOGGER) == (f"{work}/iter_3.pth", 2)
    assert f"continues from {work}/iter_3.pth; load_from={other} is not read" in caplog.text


def test_load_from_is_resumed_if_it_holds_a_training_state(places):
    work, other = places
    write_checkpoint(state(1), other)
    assert resume_source(work, other, SafeLoading(), LOGGER) == (other, 1)


@pytest.mark.parametrize("begun, absent", [(True, ()), (False, ["optimizer"]), (True, ["optimizer"])])
def test_a_fine_tuning_that_ended_before_its_first_checkpoint_begins_again(places, begun, absent, caplog):
    """Not with the other run's position; and a best checkpoint has no optimiser's state."""
    work, other = places
    write_checkpoint({key: value for key, value in state(1).items() if key not in absent}, other)
    if begun:
        mark_start(work)
    caplog.set_level(logging.INFO)
    assert resume_source(work, other, SafeLoading(), LOGGER) == (None, None)
    assert f"starting from the beginning with the weights of {other}" in caplog.text


@pytest.mark.parametrize("kind", ["weights", "address", "nothing"])
def test_else_the_run_begins_and_says_with_what(places, kind, caplog):
    work, other = places
    source = {"weights": other, "address": "https://example.org/x.pth", "nothing": None}[kind]
    write_checkpoint({"state_dict": state(1)["state_dict"]}, other)
    caplog.set_level(logging.INFO)
    assert resume_source(work, source, SafeLoading(), LOGGER) == (None, None)
    assert f"no checkpoint in {work}, starting from the beginning" in caplog.text
    assert caplog.text.strip().endswith(f"with the weights of {source}" if source else "the beginning")
