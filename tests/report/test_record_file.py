import pytest

from seg_plugins.report.record_file import RECORD_NAME, find_record


def test_the_record_is_found_from_file_report_and_work_directory(tmp_path):
    report = tmp_path / "work" / "report"
    report.mkdir(parents=True)
    record = report / RECORD_NAME
    record.touch()
    assert find_record(record) == find_record(report) == find_record(tmp_path / "work") == record


def test_what_is_missing_is_named_with_the_command_that_makes_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no record\.npz here or in its report/ folder; .*test"):
        find_record(tmp_path)
    with pytest.raises(FileNotFoundError, match="none: no such folder"):
        find_record(tmp_path / "none")
