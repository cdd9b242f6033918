import json
import runpy
from pathlib import Path

BENCH = Path(__file__).parents[3] / "tools" / "benchmarks" / "bench.py"
SCRIPT = """
import json, sys
if {ends}: sys.exit("no disk")
print("words")
json.dump(dict(samples_ms=dict(upstream=10.0, fused=5.0, packed=2.0)), open(sys.argv[-1], "w"))
sys.exit(1)
"""


def bench(folder, ends, monkeypatch):
    tool = runpy.run_path(str(BENCH))
    (folder / "data.py").write_text(SCRIPT.format(ends=ends))
    monkeypatch.setitem(tool["lines_of"].__globals__, "HERE", folder)
    return tool["main"](["--only", "data", "--json", str(folder / "out.json")])


def test_a_line_is_a_ratio_with_the_machine(tmp_path, monkeypatch, capsys):
    """A target that is missed is an exit code of the script, not a failure of the whole."""
    assert bench(tmp_path, False, monkeypatch) == 0
    found = json.loads((tmp_path / "out.json").read_text())
    names = [f"loading of a training sample, {name}" for name in ("fused", "packed")]
    assert found["ratios"] == dict(zip(names, (2.0, 5.0), strict=True))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and all(found["machine"] in line and "x  loading" in line for line in lines)


def test_a_script_that_fails_is_named_and_the_others_go_on(tmp_path, monkeypatch, capsys):
    assert bench(tmp_path, True, monkeypatch) == 1
    assert "data.py ended without figures: no disk" in capsys.readouterr().err


def test_every_benchmark_has_its_script():
    for name in runpy.run_path(str(BENCH))["BENCHMARKS"]:
        assert BENCH.with_name(f"{name}.py").exists()
