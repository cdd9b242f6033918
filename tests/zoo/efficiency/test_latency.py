import pytest

from seg_plugins.zoo.efficiency import latency
from seg_plugins.zoo.efficiency.latency import known_latencies, measure_latency, update_latencies
from tests.zoo.runs.test_cost import CONFIG


def test_a_network_is_timed_at_the_crop_or_at_a_size(tmp_path, monkeypatch):
    monkeypatch.setattr(latency, "SECONDS", 0.0)
    path = tmp_path / "c.py"
    path.write_text(CONFIG)
    found = measure_latency(str(path))
    assert found["size"] == "16x24" and 0 < found["ms"] <= found["p95"] and found["memory_mib"] >= 0
    assert found["threads"] >= 1 and found["order"] in ("channels first", "channels last")
    assert measure_latency(str(path), (32, 40))["size"] == "32x40"


def test_figures_of_other_sizes_and_configs_are_kept_and_failures_named(layout, monkeypatch):
    def pretended(layout, name, size, threads):
        return None if "net_b" in name else {"ms": 5.0, "memory_mib": 1.0, "size": (size and "9x9") or "8x8"}

    monkeypatch.setattr(latency, "measured_apart", pretended)
    names, said = ["net/net_a_1xb4-1k_toy-8x8.py", "net/net_b_1xb4-1k_toy-8x8.py"], []
    assert update_latencies(layout, names, None, 1, said.append) == names[1:]
    assert update_latencies(layout, names[:1], (9, 9), 1) == []
    assert sorted(known_latencies(layout)[names[0]]) == ["8x8", "9x9"] and names[1] in said[1]


@pytest.mark.parametrize("size", [None, (64, 64)])
def test_what_does_not_build_is_not_measured(layout, size):
    assert latency.measured_apart(layout, "net/net_a_1xb4-1k_toy-8x8.py", size, 1) is None
