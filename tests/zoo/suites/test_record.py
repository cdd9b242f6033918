import json

import pytest

from seg_plugins.zoo.suites.record import read_records, write_record
from tests.zoo.base import write_records


def test_records_come_back_by_slot(layout):
    write_records(layout)
    records = read_records(layout.results("toy"))
    assert len(records) == 4 and records["net_a_1xb4-1k_toy-8x8.seed1"]["metrics"]["mIoU"] == 62.0
    assert read_records(layout.results("none")) == {}


def test_a_file_cut_short_is_named_with_the_way_out(layout):
    write_records(layout)
    path = layout.results("toy") / "net_a_1xb4-1k_toy-8x8.seed0.json"
    path.write_text(path.read_text()[:100])
    with pytest.raises(ValueError, match="is incomplete") as caught:
        read_records(layout.results("toy"))
    assert str(path) in str(caught.value) and "git checkout" in str(caught.value)
    path.write_text("{}")
    with pytest.raises(ValueError, match="not a run record: it lacks suite"):
        read_records(layout.results("toy"))


def test_two_files_for_one_run_are_both_named(layout):
    write_records(layout)
    path = layout.results("toy") / "net_a_1xb4-1k_toy-8x8.seed0.json"
    (path.parent / "copy.json").write_text(path.read_text())
    with pytest.raises(ValueError, match="both claim the run") as caught:
        read_records(layout.results("toy"))
    assert "copy.json" in str(caught.value) and path.name in str(caught.value)


def test_a_renamed_record_is_found_out(layout):
    write_records(layout)
    path = layout.results("toy") / "net_a_1xb4-1k_toy-8x8.seed0.json"
    path.rename(path.with_name("other.json"))
    with pytest.raises(ValueError, match="rename it to net_a"):
        read_records(layout.results("toy"))


def test_writing_fails_whole(tmp_path):
    path = tmp_path / "a.json"
    write_record(path, {"a": 1})
    with pytest.raises(TypeError):
        write_record(path, {"a": object()})
    assert json.loads(path.read_text()) == {"a": 1} and list(tmp_path.iterdir()) == [path]
