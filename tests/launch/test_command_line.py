"""The command lines are upstream's: the same line gives the same arguments."""

import runpy
import sys
from pathlib import Path

import mmseg
import pytest

from seg_plugins.launch.command_line import test_parser as parser_of_test
from seg_plugins.launch.command_line import train_parser

UPSTREAM = Path(mmseg.__file__).parent / ".mim" / "tools"
LINES = {
    "train.py": ["c.py", "--work-dir", "w", "--resume", "--amp", "--cfg-options", "a.b=1", "c=[1,2]",
                 "--launcher", "slurm"],
    "test.py": ["c.py", "k.pth", "--out", "o", "--show-dir", "s", "--tta", "--wait-time", "1",
                "--work-dir", "w",
                "--show", "--launcher", "pytorch", "--cfg-options", "a=b,c", "--local-rank", "1"],
}  # fmt: skip


@pytest.mark.parametrize("tool", LINES)
@pytest.mark.parametrize("full", [False, True])
def test_the_same_line_means_the_same(tool, full, monkeypatch):
    line = LINES[tool] if full else LINES[tool][: 1 if tool == "train.py" else 2]
    monkeypatch.setattr(sys, "argv", [tool, *line])
    monkeypatch.setenv("LOCAL_RANK", "0")
    theirs = vars(runpy.run_path(str(UPSTREAM / tool))["parse_args"]())
    parser = train_parser() if tool == "train.py" else parser_of_test()
    assert vars(parser.parse_args(line)) == theirs


def test_values_that_begin_with_a_dictionary_are_python():
    steps = [{"type": "DenseCRF", "colour_std": 3.0}, {"type": "Morphology", "operation": "open"}]
    words = ["c.py", "--cfg-options", f"model.postprocess={steps}", "a={'b':(1,2)}", "name=iter_{}.pth"]
    options = train_parser().parse_args(words).cfg_options
    assert options == {"model.postprocess": steps, "a": {"b": (1, 2)}, "name": "iter_{}.pth"}
    with pytest.raises(ValueError, match=r"\[\{type:DenseCRF\}\] is not a Python literal .*quote"):
        train_parser().parse_args(["c.py", "--cfg-options", "model.postprocess=[{type:DenseCRF}]"])
