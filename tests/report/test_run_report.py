import cv2

from seg_plugins.report.run_record import RunRecord
from seg_plugins.report.run_report import write_comparison, write_report
from tests.report.base import panel, record
from tests.report.test_page import check


def test_a_report_has_every_part(tmp_path):
    path = write_report(
        record(), [panel("bad.png", 3.0), panel("poor.png", 9.0)], [panel("good.png", 90.0)], tmp_path
    )
    text = path.read_text()
    assert len(check(text).sources) == 3 + 3
    for part in (
        "car &lt;b&gt;",
        "95 % interval",
        "bad.png: mIoU 3.0",
        "good.png",
        "Neither true nor predicted",
        "a &amp; b.py",
    ):
        assert part in text, part
    for name in ("confusion_matrix", "class_iou", "reliability"):
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


def test_without_confidences_there_is_no_reliability_diagram(tmp_path):
    one = record()
    one.calibration[:] = 0
    text = write_report(one, [], [], tmp_path).read_text()
    assert "calibration error" not in text
    assert not (tmp_path / "reliability.png").exists()


def test_a_comparison_has_every_part(tmp_path):
    a, b = record("first", 0.5), record("second", 0.6, seed=1)
    result = write_comparison(a, b, tmp_path / "deep" / "page.html")
    text = (tmp_path / "deep" / "page.html").read_text()
    assert len(check(text).sources) == 5
    assert "second is better than first" in text
    assert result.better > result.worse
    assert text.count("images/val/") == 40


def test_a_comparison_shows_the_worst_images_of_both(tmp_path):
    runs = []
    for name, count in (("first", 2), ("second", 1)):
        write_report(record(name), [panel()] * count, [panel()], tmp_path / name)
        runs.append(RunRecord.load(tmp_path / name))
    write_comparison(*runs, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert len(check(text).sources) == 5 + 3
    assert [f"{n}, worst {i}" in text for n, i in (("first", 2), ("second", 1), ("second", 2))] == [1, 1, 0]
