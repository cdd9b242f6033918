import json

from seg_plugins.report.scalars import read_scalars, scalar_lines


def log(folder, name, steps, tail=""):
    path = folder / name / "vis_data" / "scalars.json"
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps({"loss": 1.0, "step": n, "start": name}) + "\n" for n in steps) + tail)


def test_a_start_that_goes_on_replaces_what_it_repeats_and_a_fresh_one_everything(tmp_path):
    log(tmp_path, "1", [10, 20, 30])
    log(tmp_path, "2", [30, 40])
    assert [(x["step"], x["start"]) for x in read_scalars(tmp_path)] == [
        (10, "1"), (20, "1"), (30, "2"), (40, "2"),
    ]  # fmt: skip
    log(tmp_path, "3", [10])
    assert [(x["step"], x["start"]) for x in read_scalars(tmp_path)] == [(10, "3")]


def test_lines_that_are_cut_or_without_a_step_do_not_count(tmp_path):
    log(tmp_path, "1", [10], tail='{"mIoU": 3.0}\n[1]\n{"loss": 0.')
    assert [x["step"] for x in read_scalars(tmp_path)] == [10]
    assert list(scalar_lines(b'{"a": 1}\n{"b')) == [{"a": 1}]
