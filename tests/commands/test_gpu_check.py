import json

import pytest

from seg_plugins.commands.gpu_check import main
from seg_plugins.commands.user_errors import run_tool
from seg_plugins.gpu_check import parts


def test_a_trial_on_the_cpu_leaves_results_and_a_page(tmp_path, monkeypatch, capsys):
    """The script itself, on the smallest networks; the parts that take longest have tests of their own."""
    chosen = [p for p in parts.PARTS if p.name in ("driver", "kernels", "scaling")]
    monkeypatch.setattr(parts, "PARTS", chosen)
    assert run_tool(lambda: main(["--device", "cpu", "--out", str(tmp_path)])) == 0
    out = capsys.readouterr().out
    assert "Kernels against the CPU: all agree" in out and "gpu_check.html" in out
    found = json.loads((tmp_path / "gpu_check.json").read_text())
    assert [p["state"] for p in found["parts"]] == ["passed", "passed", "skipped"]
    page = (tmp_path / "gpu_check.html").read_text()
    assert "says nothing about GPUs" in page and "convolution" in page


def test_a_machine_without_gpu_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert run_tool(lambda: main(["--out", str(tmp_path)])) == 2
    assert "finds no GPU" in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.parametrize("quick, minutes", [(True, 4), (False, 10)])
def test_the_limits_add_up_to_what_is_promised(quick, minutes):
    assert sum(p.quick if quick else p.limit for p in parts.PARTS) <= 60 * minutes
