"""Tests of the page of images to label next."""

import re

from seg_plugins.doctor.candidates import Candidates
from seg_plugins.doctor.next_labels import NextLabels
from seg_plugins.doctor.next_page import write_choice
from tests.doctor.base import make


def test_the_page_shows_ranks_uncertainties_and_twins(tmp_path):
    make(tmp_path / "data")
    train = sorted((tmp_path / "data/images/train").iterdir())
    val = sorted((tmp_path / "data/images/val").iterdir())
    choice = NextLabels([train[3], train[1]], [0.75, 0.25], {val[0]: train[5]}, {"walk": 2})
    found = Candidates(train[:4], train[4:], val)
    written = write_choice(choice, found, tmp_path / "new/out", "Title", {})
    assert written.read_text() == f"{train[3]}\n{train[1]}\n"
    page = (tmp_path / "new/out/to_label.html").read_text()
    captions = re.findall("<figcaption>(.*?)</figcaption>", page)
    assert captions == [
        "1. 0003.png: uncertainty 0.750", "2. 0001.png: uncertainty 0.250", "val: 0100.png", "train: 0005.png"
    ]  # fmt: skip
    assert "1 of 4 validation images nearly equal one for training" in page
    assert "2 of 4 are frames of sequences that training has, too: walk" in page
