import errno
import importlib
import io
import ipaddress
import logging
import os
import re
import resource
import subprocess
import sys
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import pytest
import torch
from mmengine.visualization import MLflowVisBackend
from mmseg.registry import MODELS, PARAM_SCHEDULERS
from torch.utils.data import DataLoader, Dataset

from seg_plugins.checkpoints.fitting import open_checkpoint
from seg_plugins.classical.extra import classical_extra
from seg_plugins.commands.user_errors import run_tool, user_message
from seg_plugins.runners.console import stop_logging


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


def test_missing_file_of_somebody_elses_says_where_to_look(capsys):
    assert run_tool(Path("/nowhere").read_text) == 2
    assert "error: /nowhere: No such file" in capsys.readouterr().err


def test_unregistered_name_shows_near_misses():
    assert "Did you mean FCNHead" in message_of(lambda: MODELS.build(dict(type="FCNHed")))


def test_faults_of_the_program_keep_their_trace():
    with pytest.raises(RuntimeError):
        run_tool(partial(torch.add, torch.zeros(2), torch.zeros(3)))
    with pytest.raises(ValueError, match="not appear to be"):
        run_tool(partial(ipaddress.ip_address, "x"))
    with pytest.raises(ImportError, match="nowhere"):
        run_tool(partial(importlib.import_module, "seg_plugins.nowhere"))


def use_an_extra():
    with classical_extra():
        import nowhere  # noqa: F401


def test_a_missing_extra_is_one_message(capsys):
    assert run_tool(use_an_extra) == 2
    assert capsys.readouterr().err.startswith("error: nowhere is missing: pip install")


def raised_by_a_library(error):
    future = Future()
    future.set_exception(error)
    return future.result


@pytest.mark.parametrize(
    "code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO]
)
@pytest.mark.parametrize("file", [["run/log.json"], []])
def test_a_disk_that_takes_nothing_is_one_line(code, file, capsys):
    assert run_tool(raised_by_a_library(OSError(code, os.strerror(code), *file))) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and err.startswith("error: ") and os.strerror(code) in err
    assert all(name in err for name in file)


def test_the_file_that_could_not_be_written_is_named(tmp_path, capsys):
    file = (tmp_path / "log.json").open("w")
    file.write("x" * 9999)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    handler = logging.StreamHandler(file)
    handler.handleError = stop_logging
    try:
        assert run_tool(partial(handler.emit, logging.makeLogRecord({"msg": "more"}))) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert capsys.readouterr().err.startswith(f"error: {file.name}: File too large. Free some space there")


def test_code_of_the_users_own_is_named(capsys):
    def forward():
        return torch.zeros(2) + torch.zeros(3)

    assert run_tool(lambda: forward()) == 2
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(
        r"error: tests/commands/test_user_errors.py:\d+, in forward: RuntimeError: The size.*", lines[0]
    )
    assert re.fullmatch(r"  called from tests/commands/test_user_errors.py:\d+", lines[1]) and len(lines) == 2


@pytest.mark.parametrize(
    "cfg, said",
    [
        (dict(type="FCNHead", in_channels=4, channels=4, num_classes=2, num_conv=1), "'num_conv'"),
        (dict(type="FCNHead", in_channels=4, num_classes=2), "'channels'"),
    ],
)
def test_an_argument_that_a_class_does_not_take_is_one_line(cfg, said, capsys):
    assert run_tool(partial(MODELS.build, cfg)) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: the config: ") and said in err and err.count("\n") == 1


def test_a_value_that_a_class_of_upstream_refuses_is_one_line(capsys):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = dict(type="PolyLR", begin=50, end=8, by_epoch=False)
    assert run_tool(partial(PARAM_SCHEDULERS.build, schedule, default_args=dict(optimizer=optimizer))) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: the config: end should be larger than begin") and err.count("\n") == 1


def test_a_logger_that_does_not_start_is_one_line(capsys, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert run_tool(lambda: MLflowVisBackend(str(tmp_path)).experiment) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: MLflowVisBackend cannot start: ") and "vis_backends" in err
    assert err.count("\n") == 1


def test_a_reader_that_leaves_is_no_error():
    code = (
        "import sys; from seg_plugins.commands.user_errors import run_tool\n"
        "sys.exit(run_tool(lambda: print('x' * 9_999_999)))"
    )
    line = f'{sys.executable} -c "$CODE" | head -c 9999; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["bash", "-c", line], env=os.environ | {"CODE": code}, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr and done.returncode == 0


def test_names_that_a_terminal_cannot_show_are_escaped(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert run_tool(lambda: print("\u9053 \udcff")) == 0
    stream.flush()
    assert stream.buffer.getvalue() == b"\\u9053 \\udcff\n"
