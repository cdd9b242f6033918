import argparse

import pytest

from seg_plugins.commands.argument_parser import ArgumentParser
from seg_plugins.commands.benchmark import parser as benchmark_parser
from seg_plugins.commands.command_line import test_parser as parser_of_test
from seg_plugins.commands.command_line import train_parser
from seg_plugins.commands.predict import predict_parser
from seg_plugins.commands.prepare_dataset import prepare_parser


def error_of(parser, words, capsys):
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(words)
    return capsys.readouterr().err


@pytest.mark.parametrize(
    "parser, words, said",
    [
        (train_parser, ["c.py", "--work_dir", "w"], "--work_dir: Did you mean --work-dir"),
        (train_parser, ["c.py", "--work_dir=w"], "--work_dir: Did you mean --work-dir"),
        (train_parser, ["c.py", "--cfg_options", "a=1"], "Did you mean --cfg-options"),
        (train_parser, ["c.py", "--launcher", "slrum"], "Did you mean slurm?"),
        (parser_of_test, ["c.py", "k.pth", "--show_dir", "x"], "Did you mean --show-dir"),
        (predict_parser, ["c.py", "k.pth", "x.png", "--outt", "o"], "--outt: Did you mean --out"),
        (predict_parser, ["c", "k", "x", "--out", "o", "--outputs", "overlays"], "Did you mean overlay?"),
        (benchmark_parser, ["run", "s", "--dryrun"], "--dryrun: Did you mean --dry-run"),
        (benchmark_parser, ["statsu", "s"], "Did you mean status?"),
        (
            prepare_parser,
            ["folder", "--image", "a", "--mask", "b", "--clases", "c"],
            "Did you mean --classes",
        ),
        (prepare_parser, ["camvit"], "Did you mean camvid?"),
    ],
)
def test_what_is_near_is_named(parser, words, said, capsys):
    assert said in error_of(parser(), words, capsys)


def test_what_is_far_is_not_guessed(capsys):
    assert "Did you mean" not in error_of(train_parser(), ["c.py", "--xyzzy"], capsys)
    assert "Did you mean" not in error_of(train_parser(), [], capsys)


def test_what_argparse_takes_is_taken():
    own, theirs = (kind(prog="x") for kind in (ArgumentParser, argparse.ArgumentParser))
    for parser in (own, theirs):
        parser.add_argument("a", nargs="*")
        parser.add_argument("--work-dir")
    for words in ([], ["1", "--work", "w"], ["--work-dir=w", "1", "2"], ["--", "--x"]):
        assert own.parse_args(words) == theirs.parse_args(words)


@pytest.mark.parametrize(
    "words", [["run", "s", "a", "b", "--jobs", "2"], ["run", "s", "--jobs", "2", "a", "b"]]
)
def test_a_list_of_words_may_follow_an_option(words):
    args = benchmark_parser().parse_args(words)
    assert (args.suite, args.rows, args.jobs) == ("s", ["a", "b"], 2)


def test_options_among_the_words_of_a_list_stay_errors(capsys):
    with pytest.raises(SystemExit):
        benchmark_parser().parse_args(["run", "s", "--jobs", "2", "a", "--fresch"])
    assert "--fresch: Did you mean --fresh?" in capsys.readouterr().err
