import json
import runpy
from pathlib import Path

TOOL = runpy.run_path(str(Path(__file__).parents[3] / "tools" / "benchmarks" / "inference.py"))


def test_plain_mean_gives_upstreams_labels(tmp_path, monkeypatch):
    monkeypatch.setitem(TOOL["measure"].__globals__, "peak_memory", lambda *_: 1.0)
    line = ["--size", "96", "160", "--window", "64", "--models", "unet-tiny", "--repeats", "1"]
    TOOL["main"]([*line, "--json", str(tmp_path / "figures.json")])
    figures = json.loads((tmp_path / "figures.json").read_text())["unet-tiny"]
    assert figures["fp32, plain mean: equal labels"] == 1.0
    assert figures["bf16, plain mean: equal labels"] > 0.97
    assert figures["fp32, plain mean: processor ratio"] > 0
