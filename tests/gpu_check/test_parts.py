import json

from seg_plugins.gpu_check import parts
from seg_plugins.gpu_check.parts import CheckPart, run_part, run_parts


def test_a_part_that_hangs_is_ended_and_the_next_is_reached(tmp_path, monkeypatch):
    chosen = (CheckPart("driver", "first", 0.001, 0.001), CheckPart("no such part", "second", 60, 60))
    monkeypatch.setattr(parts, "PARTS", chosen)
    monkeypatch.setattr(parts, "TRIAL", 1)
    states = []
    for number, part in enumerate(run_parts(tmp_path, "cpu", True), 1):
        states.append((part["state"], part["words"]))
        assert len(json.loads((tmp_path / "gpu_check.json").read_text())["parts"]) == number
        assert part["title"] in (tmp_path / "gpu_check.html").read_text()
    assert states == [("timed out", "not done within 0.001 s"), ("failed", "KeyError: 'no such part'")]


def test_a_limit_of_zero_leaves_a_part_out(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PARTS", (CheckPart("driver", "first", 60, 0),))
    assert list(run_parts(tmp_path, "cpu", True)) == []


def test_what_a_part_printed_before_does_not_matter(monkeypatch):
    code = 'print(\'words\'); print(\'{"state": "passed", "words": "fine", "rows": []}\')'
    monkeypatch.setattr(parts, "command_of", lambda *_: [parts.sys.executable, "-c", code])
    assert run_part(CheckPart("a", "A", 1, 1), "cpu", True, 60)["words"] == "fine"
