import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from seg_plugins.config.tool_command import python, tool_command
from seg_plugins.files.package import shipped_folder

WORDS = ["a b", "it's", "$HOME", "`id`", "x;y", "a\nb", '"', "\\", "*", "k=v w", "ü"]
TOOLS = shipped_folder("tools")
PYTHON = object()  # how this Python is called depends on the folder


@pytest.mark.parametrize(
    "called, expected",
    [
        ("seg-plugins train", ["seg-plugins", "test"]),
        ("/a b/bin/seg-plugins train", ["/a b/bin/seg-plugins", "test"]),
        ("python -m seg_plugins train", [PYTHON, "-m", "seg_plugins", "test"]),
        (f"{TOOLS}/train.py", [PYTHON, f"{TOOLS}/test.py"]),
    ],
)
def test_a_hint_has_the_form_of_the_call(monkeypatch, tmp_path, called, expected):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [called])
    assert shlex.split(tool_command("test", *WORDS)) == [
        *(python() if word is PYTHON else word for word in expected),
        *WORDS,
    ]


def test_a_tool_called_by_a_relative_path_is_shown_so(monkeypatch):
    monkeypatch.chdir(TOOLS.parent)
    monkeypatch.setattr(sys, "argv", ["tools/train.py"])
    assert shlex.split(tool_command("check_dataset", "c.py")) == [python(), "tools/check_dataset.py", "c.py"]


def test_code_of_another_program_is_told_what_works_where_it_stands(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["/somewhere/notebook.py"])
    monkeypatch.chdir(TOOLS.parent)
    assert tool_command("train").endswith("tools/train.py")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tools").mkdir()  # of somebody else's
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert tool_command("prepare_dataset").endswith("-m seg_plugins prepare")
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    assert tool_command("prepare_dataset") == "seg-plugins prepare"


def test_python_goes_by_its_name_only_where_that_is_the_one(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert python() == "python"
    monkeypatch.setenv("PATH", os.defpath)
    monkeypatch.chdir(tmp_path)
    assert python() == sys.executable
