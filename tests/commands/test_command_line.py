"""The command lines are upstream's: the same line gives the same arguments."""

import runpy
import sys
from pathlib import Path

import mmseg
import pytest

from seg_plugins.commands.command_line import test_parser as parser_of_test
from seg_plugins.commands.command_line import train_parser
from seg_plugins.commands.predict import predict_parser
from seg_plugins.commands.serve import serve_parser

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


def test_options_may_be_given_twice_and_hold_dictionaries():
    words = ["c.py", "--cfg-options", "a=dict(b=(1, 2))", "c=x=y", "--amp", "--cfg-options", "c=3"]
    assert train_parser().parse_args(words).cfg_options == {"a": {"b": (1, 2)}, "c": 3}


@pytest.mark.parametrize("word", ["config.py", "=3", ".a=3", "a..b=3", "a =3"])
def test_a_word_that_is_no_option_is_named(word):
    with pytest.raises(ValueError, match=r"^--cfg-options .*: write KEY=VALUE; other arguments go before"):
        train_parser().parse_args(["--cfg-options", "a=1", word])


def test_a_value_that_cannot_be_read_is_named():
    with pytest.raises(ValueError, match=r"^--cfg-options a=\[1,2: '\]' is missing$"):
        train_parser().parse_args(["c.py", "--cfg-options", "a=[1,2"])


@pytest.mark.parametrize("parser", [train_parser, parser_of_test, predict_parser, serve_parser])
def test_every_tool_of_a_model_takes_options(parser):
    words = ["c.py", "k.pth", "in.png", "--out", "o"] if parser is predict_parser else ["c.py", "k.pth"]
    words = words[:1] if parser is train_parser else words
    assert parser().parse_args([*words, "--cfg-options", "a=1"]).cfg_options == {"a": 1}
