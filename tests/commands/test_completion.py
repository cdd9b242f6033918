import os
import subprocess
import sys

import pytest

from seg_plugins.commands.completion import SCRIPTS, main, possible_words


@pytest.mark.parametrize(
    "words, found",
    [
        (["tr"], ["train"]),
        (["train", "fcn_tiny_1xb4-3k_cam"], ["fcn_tiny_1xb4-3k_camvid-144x192"]),
        (["train", "c.py", "--wor"], ["--work-dir"]),
        (["train", "c.py", "--launcher", "s"], ["slurm"]),
        (["test", "c.py", ""], []),  # a file: the shell's own
        (["prepare", "isb"], ["isbi-em"]),
        (["prepare", "folder", "--mask-s"], ["--mask-suffix"]),
        (["benchmark", "ver"], ["verify"]),
        (["benchmark", "status", "camvid-c"], ["camvid-cpu"]),
        (["completion", "f"], ["fish"]),
        (["nothing", ""], []),
    ],
)
def test_words_that_may_follow(words, found):
    assert possible_words(words) == found


def test_configs_of_the_folder_come_too_and_torch_does_not(tmp_path):
    (tmp_path / "data" / "mine").mkdir(parents=True)
    (tmp_path / "data" / "mine" / "mine.py").touch()
    code = (
        "import sys; from seg_plugins.commands.completion import main; main(['words', '--', 'train', 'mi'])\n"
        "print({'torch', 'mmengine', 'cv2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "mine\nset()\n", done.stderr


@pytest.mark.parametrize("shell", SCRIPTS)
def test_every_shell_has_a_script(shell, capsys):
    assert main([shell]) == 0
    assert "seg-plugins completion words --" in capsys.readouterr().out


def test_bash_completes(tmp_path):
    program = tmp_path / "seg-plugins"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seg_plugins "$@"\n')
    program.chmod(0o755)
    script = SCRIPTS["bash"] + (
        "\nCOMP_WORDS=(seg-plugins train unet_tiny_1xb4-3k_cam); COMP_CWORD=2; _seg_plugins\n"
        'echo "${COMPREPLY[@]}"'
    )
    env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=env)
    assert done.stdout == "unet_tiny_1xb4-3k_camvid-144x192\n", done.stderr
