import numpy as np
import pytest

from seg_plugins.report.run_record import RunRecord, mean_iou
from tests.report.base import record


def test_a_record_survives_the_file(tmp_path):
    before = record()
    before.save(tmp_path)
    for place in (tmp_path, tmp_path / "record.npz"):
        after = RunRecord.load(place)
        for key, value in (vars(before) | dict(folder=tmp_path)).items():
            np.testing.assert_array_equal(getattr(after, key), value)


def test_a_work_directory_is_searched(tmp_path):
    (tmp_path / "report").mkdir()
    record().save(tmp_path / "report")
    assert RunRecord.load(tmp_path).name == "run"


def test_errors_name_the_file_and_the_fix(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"tools/test\.py"):
        RunRecord.load(tmp_path)
    wrong = tmp_path / "record.npz"
    np.savez(wrong, a=1)
    with pytest.raises(ValueError, match=r"record\.npz: not a record"):
        RunRecord.load(wrong)
    wrong.write_bytes(b"text")
    with pytest.raises(ValueError, match=r"record\.npz: not a record"):
        RunRecord.load(tmp_path)


def test_scores_and_interval():
    one = record(images=60)
    total = one.scores()["IoU"]
    assert np.nanmean(total) == pytest.approx(mean_iou(one.areas.sum(axis=0)))
    low, high = one.interval()
    assert low < np.nanmean(total) < high
    assert one.calibration_errors()["ECE"] == pytest.approx(100 * (10 + 5 + 3 + 0 + 2) / 500)


def test_a_record_without_the_curve_of_coverage_is_read(tmp_path):
    path = record().save(tmp_path)
    with np.load(path) as data:
        kept = {name: data[name] for name in data.files if name != "coverage"}
    np.savez(path, **kept)
    assert RunRecord.load(path).coverage_scores() == {}
