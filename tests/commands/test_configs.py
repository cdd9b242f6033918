import os

import pytest
import torch

from seg_plugins.commands.command_line import test_parser as parser_of_tests
from seg_plugins.commands.command_line import train_parser
from seg_plugins.commands.configs import read_run
from tests.commands.base import write_run


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "LOCAL_RANK", "0")
    torch.save({"state_dict": {"module.w": torch.ones(2)}}, tmp_path / "w.pth")
    return str(write_run(tmp_path)), str(tmp_path / "w.pth")


def test_both_tools_begin_with_the_config_and_the_weights_of_a_local_file(place):
    config, weights = place
    lines = (
        train_parser().parse_args([config, "--cfg-options", f"load_from={weights}"]),
        parser_of_tests().parse_args([config, weights]),
    )
    for args in lines:
        cfg, found = read_run(args)
        assert cfg.load_from == weights and found["w"].tolist() == [1, 1]


def test_an_address_is_left_to_the_runner_and_a_training_needs_no_weights(place):
    address = "https://example.org/w.pth"
    cfg, found = read_run(parser_of_tests().parse_args([place[0], address]))
    assert (cfg.load_from, found) == (address, None)
    cfg, found = read_run(train_parser().parse_args([place[0]]))
    assert (cfg.load_from, found) == (None, None)


def test_the_rank_on_the_command_line_is_taken_where_the_environment_has_none(place, monkeypatch):
    monkeypatch.delitem(os.environ, "LOCAL_RANK")
    read_run(train_parser().parse_args([place[0], "--local-rank", "3"]))
    assert os.environ["LOCAL_RANK"] == "3"
