from seg_plugins.report.comparison_report import write_comparison
from seg_plugins.report.run_record import RunRecord
from seg_plugins.report.run_report import write_report
from tests.report.base import panel, record
from tests.report.test_page import check


def test_a_comparison_has_every_part(tmp_path):
    a, b = record("first", 0.5), record("second", 0.6, seed=1)
    result = write_comparison(a, b, tmp_path / "deep" / "page.html")
    text = (tmp_path / "deep" / "page.html").read_text()
    assert len(check(text).sources) == 6
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
    assert len(check(text).sources) == 6 + 3
    assert [f"{n}, worst {i}" in text for n, i in (("first", 2), ("second", 1), ("second", 2))] == [1, 1, 0]
