"""The one way into every command."""

import subprocess
import sys
from pathlib import Path

import pytest

from seg_plugins.commands import start
from seg_plugins.files.package import shipped_folder

HEAVY = "print(sorted({'torch', 'mmseg', 'mmengine', 'cv2'} & set(sys.modules)), file=sys.stderr)"


def test_every_tool_is_a_command_and_the_reverse():
    tools = {path.stem for path in shipped_folder("tools").glob("*.py")}
    assert tools == {start.MODULES.get(name, name) for name in start.COMMANDS} - {"completion"}
    for path in shipped_folder("tools").glob("*.py"):
        assert f'start("{path.stem}")' in path.read_text()


def test_help_and_a_wrong_command_load_nothing_heavy(monkeypatch, capsys):
    for words, code in ((["--help"], 0), ([], 0), (["trian"], 2)):
        monkeypatch.setattr(sys, "argv", ["seg-plugins", *words])
        assert start.main() == code
    assert "Did you mean train" in capsys.readouterr().err
    code = (
        f"import sys; sys.argv[1:] = ['--help']; from seg_plugins.commands.start import main; main(); {HEAVY}"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n" and "predict" in done.stdout


def test_a_command_runs_by_its_name_and_stdout_holds_the_answer_alone(tmp_path):
    (tmp_path / "c.py").write_text("a = 1\n")
    command = [sys.executable, "-m", "seg_plugins", "print-config", "c.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "a = 1\n\n"), done.stderr


WRONG_PATHS = {
    "gpu-check": ["--device", "nope"],
    "train": ["nope.py"],
    "test": ["nope.py", "nope.pth"],
    "predict": ["nope.py", "nope.pth", "in.png", "--out", "o"],
    "export": ["nope.py", "nope.pth", "--out", "x.onnx"],
    "check": ["nope.py"],
    "weights": ["list", "nope.py"],
    "print-config": ["nope.py"],
    "serve": ["nope.py", "nope.pth"],
    "prepare": ["pack", "nope.py"],
    "compare": ["nope", "nope"],
    "publish": ["nope"],
    "benchmark": ["status", "nope"],
    "completion": ["bsh"],
}


@pytest.mark.parametrize("name", start.COMMANDS)
def test_what_is_wrong_or_asked_is_answered_before_torch_is_loaded(name, tmp_path):
    lines = [[name, "--help"], [name, "--nope", "1"], [name, *WRONG_PATHS[name]]]
    code = (
        "import sys; from seg_plugins.commands.start import main\n"
        f"for line in {lines!r}:\n"
        "    sys.argv = ['seg-plugins', *line]\n"
        "    try: code = main()\n"
        "    except SystemExit as end: code = end.code\n"
        "    print('CODE', code, sorted({'torch', 'mmseg'} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    answers = [line for line in done.stderr.splitlines() if line.startswith("CODE")]
    assert answers == ["CODE 0 []", "CODE 2 []", "CODE 2 []"], done.stderr
    assert done.stderr.count("error: ") == 2 and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_is_not_there_is_answered_before_torch_is_loaded(tmp_path):
    (tmp_path / "c.py").touch()
    (tmp_path / "k.pth").touch()
    code = "import sys; sys.argv[1:] = ['c.py', 'w.pth']; from seg_plugins.commands.start import start\n"
    code += f"start('test'); {HEAVY}"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr == "error: checkpoint w.pth: there is no such file. Its folder holds: k.pth\n[]\n"


@pytest.mark.parametrize("name", ["benchmark", "print_config"])
def test_a_wrong_argument_ends_with_2(name):
    tool = Path(shipped_folder("tools")) / f"{name}.py"
    assert subprocess.run([sys.executable, tool, "--nope"], capture_output=True).returncode == 2
