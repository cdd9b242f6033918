import pytest

from seg_plugins.zoo.efficiency.advice import find_advice
from seg_plugins.zoo.efficiency.latency import latencies_file
from seg_plugins.zoo.suites.record import write_record

NAMES = [f"net/net_{x}_1xb4-1k_toy-8x8.py" for x in "abcdefg"]


@pytest.fixture
def stored(layout):
    write_record(latencies_file(layout), {n: {"8x8": {"ms": 2.0**i}} for i, n in enumerate(NAMES)})
    return layout


def test_four_networks_are_measured_and_the_others_scaled(stored):
    asked = []

    def measure(layout, name, size, threads):
        asked.append((name, size, threads))
        return {"ms": 3 * 2.0 ** NAMES.index(name)}

    found, spread = find_advice(stored, "toy", (9, 9), 2, measure=measure)
    assert asked == [(NAMES[i], (9, 9), 2) for i in (0, 2, 4, 6)] and spread == (3, 3)
    times = {network.config: (network.ms, network.measured) for network in found}
    assert times == {n: (3 * 2.0**i, i in (0, 2, 4, 6)) for i, n in enumerate(NAMES)}


def test_one_that_fails_here_is_scaled_by_the_others(stored):
    def measure(layout, name, size, threads):
        return None if name == NAMES[0] else {"ms": 2 * 2.0 ** NAMES.index(name)}

    found, _ = find_advice(stored, "toy", None, 1, measure=measure)
    assert {n.config: n.ms for n in found}[NAMES[0]] == 2.0
    with pytest.raises(ValueError, match="could be measured"):
        find_advice(stored, "toy", None, 1, measure=lambda *a: None)


def test_other_data_is_refused_with_what_is_known(stored):
    with pytest.raises(ValueError, match="--data sea: no stored times; known: toy"):
        find_advice(stored, "sea", None, 1)
