"""Tests of the command that writes lists of labelled and unlabelled images."""

import pytest

from seg_plugins.commands.prepare_dataset import main
from tests.datasets.base import write_pair


def test_lists_are_written_and_told(tmp_path, capsys):
    for i in range(8):
        write_pair(tmp_path, "train", f"f{i}")
    assert main(["split", str(tmp_path), "--label-fractions", "4", "--lists", "2"]) == 0
    said = capsys.readouterr().out
    assert "labelled-4-0.txt: 2 labelled images; unlabelled-4-0.txt: 6 others" in said
    assert (tmp_path / "lists/labelled-4-1.txt").read_text() == "f2\nf6\n"


@pytest.mark.parametrize(
    "options, words",
    [
        (["--lists", "2"], "--lists is for lists of labelled images: add --label-fractions"),
        (["--label-fractions", "4", "--folds", "3"], "--folds divides images"),
        (["--label-fractions", "4", "--config", "a.py"], "--config divides images"),
        (["--label-fractions", "4"], "prepare the data set first"),
    ],
)
def test_options_that_do_not_go_together(tmp_path, capsys, options, words):
    assert main(["split", str(tmp_path), *options]) == 2
    assert words in capsys.readouterr().err
