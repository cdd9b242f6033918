import cv2

from seg_plugins.report.run_record import RunRecord
from seg_plugins.report.run_report import write_report
from tests.report.base import panel, record
from tests.report.test_page import check


def test_a_report_has_every_part(tmp_path):
    path = write_report(
        record(), [panel("bad.png", 3.0), panel("poor.png", 9.0)], [panel("good.png", 90.0)], tmp_path
    )
    text = path.read_text()
    assert len(check(text).sources) == 4 + 3
    for part in (
        "car &lt;b&gt;",
        "95 % interval",
        "bad.png: mIoU 3.0",
        "good.png",
        "Neither true nor predicted",
        "a &amp; b.py",
        "<b>84.75</b><span>accuracy of the surest 80 %",
        "AURC) 8.54",
    ):
        assert part in text, part
    for name in ("confusion_matrix", "class_iou", "reliability", "coverage"):
        assert cv2.imread(str(tmp_path / f"{name}.png")) is not None
    assert sorted(p.name for p in tmp_path.glob("*.jpg")) == [
        "panel_best_1.jpg",
        "panel_worst_1.jpg",
        "panel_worst_2.jpg",
    ]
    assert RunRecord.load(tmp_path).matrix.sum() == record().matrix.sum()


def test_a_second_report_replaces_the_panels_of_the_first(tmp_path):
    write_report(record(), [panel(), panel()], [], tmp_path)
    path = write_report(record(), [panel()], [], tmp_path)
    assert len(list(tmp_path.glob("*.jpg"))) == 1
    assert "Best images" not in path.read_text()


def test_without_confidences_there_are_no_figures_of_them(tmp_path):
    one = record()
    one.calibration[:] = one.coverage[:] = 0
    text = write_report(one, [], [], tmp_path).read_text()
    assert "calibration error" not in text and "AURC" not in text
    assert not (tmp_path / "reliability.png").exists() and not (tmp_path / "coverage.png").exists()


def test_the_evaluators_own_coverage_scores_are_the_ones_shown(tmp_path):
    one = record()
    one.metrics["AURC"] = 1.25
    text = write_report(one, [], [], tmp_path).read_text()
    assert "<b>1.25</b><span>area under" in text and "(AURC) 1.25," in text
