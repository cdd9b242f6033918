import io
import sys
from pathlib import Path

import pytest
import torch
from mmseg.registry import MODELS
from torch.utils.data import DataLoader, Dataset

from seg_plugins.classical.extra import classical_extra
from seg_plugins.launch.checkpoint_file import open_checkpoint
from seg_plugins.launch.user_errors import run_tool, user_message


class Faulty(Dataset):
    def __len__(self):
        return 1

    def __getitem__(self, index):
        return open_checkpoint("/nowhere.pth")


def message_of(function):
    try:
        function()
    except Exception as error:
        return user_message(error)
    raise AssertionError("nothing was raised")


def test_own_error_is_one_message_and_exit_code_2(capsys):
    assert run_tool(lambda: open_checkpoint("/nowhere.pth")) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: checkpoint /nowhere.pth") and err.count("\n") == 1


def test_own_error_inside_a_loader_worker_keeps_its_words():
    message = message_of(lambda: list(DataLoader(Faulty(), num_workers=1)))
    assert message.startswith("checkpoint /nowhere.pth: there is no such file")


def test_missing_file_of_somebody_elses_says_where_to_look():
    assert "/nowhere: No such file" in message_of(lambda: Path("/nowhere").read_text())


def test_unregistered_name_shows_near_misses():
    assert "Did you mean FCNHead" in message_of(lambda: MODELS.build(dict(type="FCNHed")))


def test_faults_of_the_program_keep_their_trace():
    with pytest.raises(RuntimeError):
        run_tool(lambda: torch.zeros(2) + torch.zeros(3))
    with pytest.raises(ValueError, match="invalid literal"):
        run_tool(lambda: int("x"))
    with pytest.raises(ImportError, match="nowhere"):
        run_tool(import_nothing)


def import_nothing():
    from seg_plugins.losses import nowhere  # noqa: F401


def use_an_extra():
    with classical_extra():
        import nowhere  # noqa: F401


def test_a_missing_extra_is_one_message(capsys):
    assert run_tool(use_an_extra) == 2
    assert capsys.readouterr().err.startswith("error: nowhere is missing: pip install")


def test_names_that_a_terminal_cannot_show_are_escaped(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert run_tool(lambda: print("\u9053 \udcff")) == 0
    stream.flush()
    assert stream.buffer.getvalue() == b"\\u9053 \\udcff\n"
