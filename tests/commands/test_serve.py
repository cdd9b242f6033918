import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

from seg_plugins.commands.serve import is_loopback, open_socket, serve_parser
from seg_plugins.commands.serve import main as serve
from tests.commands.base import write_run

ROOT = Path(__file__).parents[2]


def test_listens_on_this_machine_only_by_default():
    args = serve_parser().parse_args(["config.py", "last.pth"])
    assert is_loopback(args.host) and is_loopback("::1") and not is_loopback("0.0.0.0")


def test_a_taken_or_wrong_port_is_named():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ValueError, match=f"--port {port}: .*in use"):
            open_socket("127.0.0.1", port)
    with pytest.raises(ValueError, match="--port 70000"):
        open_socket("127.0.0.1", 70000)


@pytest.fixture
def model(tmp_path):
    """A config and a checkpoint that are there, as arguments; nothing is in them."""
    for name in ("config.py", "last.pth"):
        (tmp_path / name).touch()
    return [str(tmp_path / "config.py"), str(tmp_path / "last.pth")]


@pytest.mark.parametrize("value", ["inf", "nan", "0", "-2"])
def test_a_limit_that_cannot_be_is_named(value, model):
    with pytest.raises(ValueError, match=f"--max-megabytes {value}: use a number above 0"):
        serve([*model, "--max-megabytes", value])


def test_a_missing_package_is_named(monkeypatch, model):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "seg_plugins.serve.app", raising=False)
    with pytest.raises(ValueError, match=r'uvicorn: pip install "seg-plugins\[serve\]"'):
        serve(model)


def test_the_tool_serves_until_interrupted(tmp_path):
    config = write_run(tmp_path)
    cfg = Config.fromfile(config)
    model = MODELS.build(cfg.model)
    torch.save({"state_dict": model.state_dict(), "meta": {}}, tmp_path / "last.pth")
    line = [sys.executable, ROOT / "tools" / "serve.py", config, tmp_path / "last.pth", "--port", "0"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(line, env=env, stdout=subprocess.PIPE, text=True) as tool:
        try:
            text = next(text for text in tool.stdout if text.startswith("Page: "))
            with urllib.request.urlopen(text.split()[1], timeout=300) as page:
                assert page.status == 200 and b"Segmentation" in page.read()
        finally:
            tool.send_signal(signal.SIGINT)
        assert tool.wait(300) in (0, 130, -signal.SIGINT)
