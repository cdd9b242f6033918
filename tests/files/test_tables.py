import csv

import numpy as np
import pytest

from seg_plugins.files.tables import spreadsheet_text
from seg_plugins.inference.writing import ResultWriter


@pytest.mark.parametrize("name", ['=HYPERLINK("http://example.org")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_becomes_text(name):
    assert spreadsheet_text(name) == f"'{name}"


@pytest.mark.parametrize("name", ["", "road", "a=b", "a-1.png", "'x", "12"])
def test_other_names_pass(name):
    assert spreadsheet_text(name) == name


def test_areas_hold_no_formula(tmp_path):
    writer = ResultWriter(tmp_path, ["areas"])
    writer.add_areas("=1+1.png", np.array([3, 1]), ["road", '=HYPERLINK("x","y")'])
    writer.finish()
    rows = list(csv.DictReader((tmp_path / "areas.csv").read_text().splitlines()))
    assert [r["image"] for r in rows] == ["'=1+1.png"] * 2 and rows[1]["class"] == '\'=HYPERLINK("x","y")'
