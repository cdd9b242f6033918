import io
from argparse import Namespace

import pytest
from rich.console import Console

from seg_plugins.commands import benchmark_times
from seg_plugins.commands.benchmark_times import configs_of
from seg_plugins.files.package import shipped_root
from seg_plugins.zoo.efficiency import Advice
from seg_plugins.zoo.suites.layout import Layout

ZOO = Layout(shipped_root())


def run(command, **arguments):
    out = io.StringIO()
    args = Namespace(**{"size": None, "threads": 1, **arguments})
    code = getattr(benchmark_times, command)(ZOO, args, Console(file=out, width=200))
    return code, out.getvalue()


def test_a_data_set_stands_for_its_networks():
    found = configs_of(ZOO, "camvid")
    assert "fcn/fcn_tiny_1xb4-3k_camvid-144x192.py" in found and not any("classical" in c for c in found)
    assert configs_of(ZOO, found[0]) == found[:1]


def test_what_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"camvdi.*Did you mean camvid"):
        configs_of(ZOO, "camvdi")
    with pytest.raises(ValueError, match=r"fcn/x\.py: no such config"):
        configs_of(ZOO, "fcn/x.py")


@pytest.mark.parametrize("wrong", [{"ms": 0.0}, {"threads": 0}, {"size": [0, 9]}, {"ms": float("nan")}])
def test_numbers_below_one_are_refused(wrong):
    with pytest.raises(ValueError, match=f"--{next(iter(wrong))} is at least 1"):
        run("advise", **{"data": "camvid", "ms": 5.0, **wrong})


def test_advice_names_what_fits_the_best_first(monkeypatch):
    found = [Advice("a.py", 30.0, False, 60.0, 3000), Advice("b.py", 20.0, True, 55.0, 3000)]
    found += [Advice("c.py", 25.0, False, 50.0, 3000), Advice("d.py", 1.0, False, None, None)]
    monkeypatch.setattr(benchmark_times, "find_advice", lambda *a: (found, (0.9, 1.2)))
    code, said = run("advise", data="camvid", ms=26.0)
    lines = [line for line in said.splitlines() if ".py" in line]
    assert code == 0 and [line.split()[1] for line in lines] == ["b.py", "c.py", "d.py"]
    assert "measured" in lines[0] and "none is both" in lines[0] and "none is both" not in lines[1]
    assert "between 0.90 and 1.20" in said
    code, said = run("advise", data="camvid", ms=1.0)
    assert code == 0 and "d.py" in said
    found.pop()
    code, said = run("advise", data="camvid", ms=1.0)
    assert code == 1 and "the fastest is b.py with 20.0 ms" in said
