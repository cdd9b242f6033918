import subprocess
import sys

import pytest
from torch.utils.data import DataLoader

from seg_plugins.checkpoints.fitting import open_checkpoint
from seg_plugins.config.error_places import raised_here, user_places
from seg_plugins.config.reading import file_config

IMPORTS = "custom_imports = dict(imports=['{}'], allow_failed_imports=False)\n"
FAULTS = {
    "import not_installed": r"loss\.py:1: ModuleNotFoundError: No module named 'not_installed'$",
    "from mmseg.models import NoSuch": r"loss\.py:1: ImportError: cannot import name 'NoSuch' from 'mmseg",
    "x = 1\ny = x / 0": r"loss\.py:2: ZeroDivisionError: division by zero$",
    "def broken(:": r"loss\.py:1: SyntaxError: ",
    "open('/nowhere')": r"loss\.py:1: FileNotFoundError: .*/nowhere",
}


def caught(function):
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("code, message", FAULTS.items(), ids=range(len(FAULTS)))
def test_a_fault_in_an_own_package_is_placed(code, message, tmp_path, monkeypatch, request):
    name = f"own_package_{request.node.callspec.id}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("from . import loss\n")
    (tmp_path / name / "loss.py").write_text(code + "\n")
    (tmp_path / "own.py").write_text(IMPORTS.format(name))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match=rf"own\.py cannot be read: .*{name}/{message}"):
        file_config(tmp_path / "own.py")


def test_a_package_that_is_not_found_says_where_it_is_looked_for(tmp_path):
    (tmp_path / "own.py").write_text(IMPORTS.format("no_such_package"))
    with pytest.raises(ValueError, match=r"No module named 'no_such_package'. A package .* PYTHONPATH"):
        file_config(tmp_path / "own.py")


@pytest.mark.parametrize("file", ["base.py", "leaf.py"])
@pytest.mark.parametrize(
    "code, message",
    [("\nx = 1 / 0", "2: ZeroDivisionError: division by zero"), ("\n\nx = (", "3: SyntaxError: '")],
)
def test_a_fault_in_a_config_is_placed(file, code, message, tmp_path):
    (tmp_path / "base.py").write_text("y = 1\n")
    (tmp_path / "leaf.py").write_text("_base_ = 'base.py'\n")
    (tmp_path / file).write_text((tmp_path / file).read_text().strip() + code + "\n")
    with pytest.raises(ValueError, match=rf"leaf\.py cannot be read: .*{file}:{message}"):
        file_config(tmp_path / "leaf.py")


class Faulty:
    def __len__(self):
        return 1

    def __getitem__(self, index):
        return {}["missing"]


@pytest.mark.parametrize("workers", [0, 1])
def test_own_code_is_told_from_a_librarys(workers):
    places = user_places(caught(lambda: list(DataLoader(Faulty(), num_workers=workers))))
    assert places[0].function == "__getitem__" and str(places[0]).startswith(
        "tests/config/test_error_places.py:"
    )
    ours = caught(lambda: open_checkpoint("/nowhere.pth"))
    assert raised_here(ours) and user_places(ours) == []


def test_an_interruption_while_a_tool_loads_is_one_word(tmp_path):
    code = (
        "import os, signal, sys, time; sys.argv[1:] = ['.', '.']; from seg_plugins.commands import start\n"
        "start.check_opencv = lambda: (os.kill(os.getpid(), signal.SIGINT), time.sleep(60))\n"
        "sys.exit(start.start('compare'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "interrupted\n" and done.returncode != 0
