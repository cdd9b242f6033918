import pytest
from mmengine.config import Config

from seg_plugins.launch.training import enable_amp, train
from tests.launch.base import write_run


def test_resume_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = str(write_run(tmp_path, iters=2))
    train([config])
    assert (tmp_path / "work_dirs/disc/last_checkpoint").read_text().endswith("iter_2.pth")
    train(
        [config, "--resume", "--cfg-options", "train_cfg.max_iters=3", "default_hooks.checkpoint.interval=3"]
    )
    log = "".join(p.read_text() for p in sorted((tmp_path / "work_dirs/disc").glob("*/*.log")))
    assert "resumed" in log and "Iter(train) [3/3]" in log


def test_amp_knows_the_wrappers():
    cfg = Config(dict(optim_wrapper=dict(type="AutocastOptimWrapper", dtype="float32")))
    enable_amp(cfg)
    assert cfg.optim_wrapper.dtype == "bfloat16"
    with pytest.raises(ValueError, match=r"--amp: optim_wrapper\.type='Other'"):
        enable_amp(Config(dict(optim_wrapper=dict(type="Other"))))


def test_damaged_load_from_fails_before_training(tmp_path):
    config = write_run(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"checkpoint .*none\.pth"):
        train([str(config), "--cfg-options", f"load_from={tmp_path}/none.pth"])
