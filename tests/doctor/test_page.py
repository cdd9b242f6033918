import dataclasses
import io
import os
import re

import cv2
import numpy as np
import pytest
from rich.console import Console

from seg_plugins.doctor.diagnosis import Finding, diagnose
from seg_plugins.doctor.entries import read_splits
from seg_plugins.doctor.inspection import inspect_all
from seg_plugins.doctor.page import picture, print_diagnosis, render_page
from tests.doctor.base import config, make
from tests.report.test_page import check


def diagnosis_with_a_fault(tmp_path):
    cfg = make(tmp_path)
    (tmp_path / "labels" / "train" / "0001.png").write_bytes(b"broken")
    splits = read_splits(cfg)
    return diagnose(splits, inspect_all(splits))


def test_the_page_needs_nothing_else_and_names_the_fault(tmp_path):
    html = render_page(diagnosis_with_a_fault(tmp_path), "A data set", {"config": "c.py"})
    assert "0001.png" in html and "class_weight = [" in html
    assert not re.findall(r'(?:src|href)="(?!data:)', html)


def test_names_of_others_are_text(tmp_path):
    """No HTML on the page, no markup on the console."""
    diagnosis = diagnosis_with_a_fault(tmp_path)
    names = ["<script>alert(1)</script>", "[/red]", "[link=http://example.org]a"]
    named = dataclasses.replace(diagnosis, classes=(names * len(diagnosis.classes))[: len(diagnosis.classes)])
    html, stream = render_page(named, "<b>title", {"config": "<i>.py"}), io.StringIO()
    assert not re.findall("<script>alert|<b>title|<i>.py", html) and "&lt;script&gt;alert" in html
    print_diagnosis(named, tmp_path / "a[/b].html", Console(file=stream, width=400))
    assert names[0] in stream.getvalue() and "a[/b].html" in stream.getvalue()


def test_the_console_names_every_file_with_an_error(tmp_path):
    stream = io.StringIO()
    print_diagnosis(
        diagnosis_with_a_fault(tmp_path), tmp_path / "check.html", Console(file=stream, width=400)
    )
    assert "labels/train/0001.png" in stream.getvalue() and "1 errors, 0 warnings" in stream.getvalue()
    assert f"class_weight={str(tmp_path / 'class_weights.json')!r}" in stream.getvalue()
    assert stream.getvalue().count("class_weight=") == 1 and "effective_number" not in stream.getvalue()


def test_class_names_are_neither_markup_nor_formulas(tmp_path):
    names = ("[/b]<b>", "$\\frac$", "\\")
    splits = read_splits(
        config(make(tmp_path).val_dataloader.dataset.data_root, metainfo=dict(classes=names))
    )
    diagnosis, stream = diagnose(splits, inspect_all(splits)), io.StringIO()
    print_diagnosis(diagnosis, tmp_path / "[bold]/check.html", Console(file=stream, width=400))
    assert (
        all(f"│ {name} " in stream.getvalue() for name in names) and "[bold]/check.html" in stream.getvalue()
    )
    assert "[/b]&lt;b&gt;" in render_page(diagnosis, "A data set", {})


@pytest.mark.parametrize("name", ["a.png", os.fsdecode(b"\xff.png")])
@pytest.mark.parametrize("shape", [(40, 60), (40, 60, 3), (40, 60, 4)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_pictures_of_any_name_depth_and_number_of_channels(kind, shape, name, tmp_path):
    """A name that is not UTF-8 once crashed the program, in the library that read it."""
    pixels = np.random.default_rng(0).integers(0, 200, shape).astype(kind)
    (tmp_path / name).write_bytes(cv2.imencode(".png", pixels)[1])
    small = cv2.imdecode(np.frombuffer(picture(str(tmp_path / name)), np.uint8), cv2.IMREAD_UNCHANGED)
    assert small.shape[:2] == (160, 240)
    assert picture(str(tmp_path / "none.png")) is None


def test_a_clean_data_set_is_shown_image_by_image_and_class_by_class(tmp_path):
    """Ten images under their masks, and four examples of each of the three classes."""
    splits = read_splits(make(tmp_path))
    found = inspect_all(splits)
    html = render_page(diagnose(splits, found), "A data set", {}, splits, found)
    checker = check(html)
    assert sum(source.startswith("data:image/jpeg") for source in checker.sources) == 6 + 4 + 3 * 4
    for title in ("Images of train under their masks", "Examples of each class", "Sizes of the images"):
        assert f"<h2>{title}</h2>" in html
    assert "All images are 56 x 40 (width x height)." in html and "rgb(255,0,0)" in html


def test_findings_without_files_count_none(tmp_path):
    splits = read_splits(make(tmp_path))
    diagnosis = diagnose(splits, inspect_all(splits))
    diagnosis.findings = [Finding("warning", "class imbalance", "a <b>"), Finding("note", "n", "m", ["x"])]
    html = render_page(diagnosis, "A data set", {})
    assert '<td data-v="">&ndash;</td>' in html and "<details" not in html and "a &lt;b&gt;" in html
