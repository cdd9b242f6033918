import runpy
from pathlib import Path

from seg_plugins.converters import CONVERTERS
from seg_plugins.converters.synth_streets import list_scenes
from seg_plugins.converters.writing import prepare

TOOL = runpy.run_path(str(Path(__file__).parents[3] / "tools" / "benchmarks" / "foundation.py"))


def test_it_measures_the_default_leaf(tmp_path, capsys):
    prepare(CONVERTERS["synth-streets"], list_scenes({"train": 2, "val": 1}), tmp_path / "streets")
    changes = [f"train_dataloader.dataset.data_root={tmp_path / 'streets'}", "train_dataloader.batch_size=2"]
    TOOL["main"](["--steps", "1", "--imports", "0", "--options", *changes])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[-2:]] == ["step", "pipeline"]
    assert all(float(line.split()[-1]) > 0 for line in lines[-2:])
