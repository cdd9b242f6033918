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
    assert len(check(text).sources) == 4 + 3 * 5
    for part in (
        "car &lt;b&gt;",
        "95 % interval",
        "bad.png: mIoU 3.0",
        "good.png",
        "Neither true nor predicted",
        "a &amp; b.py",
        "<span>accuracy of the most confident 80 %</span><b>84.75</b>",
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
    assert "(AURC)</span><b>1.25</b>" in text and "(AURC) 1.25," in text


def test_curves_of_the_training_and_links_to_predictions_stand_in_it(tmp_path):
    log = [{"loss": 2.0, "lr": 0.1, "step": 50}, {"mIoU": 5.0, "val/loss": 1.0, "step": 100}]
    path = write_report(record(), [], [], tmp_path / "report", log, {"Maps": tmp_path / "my maps"})
    page = check(path.read_text())
    assert "<h2>Training</h2>" in path.read_text() and page.links == ["./../my%20maps"]
    assert "Training" not in write_report(record(), [], [], tmp_path).read_text()
