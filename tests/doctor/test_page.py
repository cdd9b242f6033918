import io
import re

from rich.console import Console

from seg_plugins.doctor.diagnosis import diagnose
from seg_plugins.doctor.entries import read_splits
from seg_plugins.doctor.inspection import inspect_all
from seg_plugins.doctor.page import print_diagnosis, render_page
from tests.doctor.base import make


def diagnosis_with_a_fault(tmp_path):
    cfg = make(tmp_path)
    (tmp_path / "labels" / "train" / "0001.png").write_bytes(b"broken")
    splits = read_splits(cfg)
    return diagnose(splits, inspect_all(splits))


def test_the_page_needs_nothing_else_and_names_the_fault(tmp_path):
    html = render_page(diagnosis_with_a_fault(tmp_path), "A data set", {"config": "c.py"})
    assert "0001.png" in html and "class_weight = [" in html
    assert not re.findall(r'(?:src|href)="(?!data:)', html)


def test_the_console_names_every_file_with_an_error(tmp_path):
    stream = io.StringIO()
    print_diagnosis(
        diagnosis_with_a_fault(tmp_path), tmp_path / "check.html", Console(file=stream, width=400)
    )
    assert "labels/train/0001.png" in stream.getvalue() and "1 errors, 0 warnings" in stream.getvalue()
    assert f'class_weight="{tmp_path / "class_weights.json"}"' in stream.getvalue()
