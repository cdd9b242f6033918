import pytest
import torch
from mmengine.config import Config

from seg_plugins.commands.train import enable_amp
from seg_plugins.commands.train import main as train
from seg_plugins.optim.fast_preset import expand_fast
from tests.commands.base import write_run


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
    with pytest.raises(ValueError, match="no optim_wrapper"):
        enable_amp(Config({}))


@pytest.mark.skipif(torch.cuda.is_available(), reason="on a GPU --amp is upstream's AmpOptimWrapper")
@pytest.mark.parametrize("fast", [None, True, dict(fused=False), dict(autocast="float32")])
@pytest.mark.parametrize(
    "wrapper, dtype",
    [
        (dict(type="OptimWrapper"), "bfloat16"),
        (dict(type="AutocastOptimWrapper", dtype="auto"), "bfloat16"),
        (dict(type="AutocastOptimWrapper", dtype="float16"), "float16"),
        (dict(type="AmpOptimWrapper", dtype="float16"), "float16"),
    ],
)
def test_amp_holds_with_the_fast_preset(fast, wrapper, dtype):
    cfg = Config(dict(optim_wrapper=dict(wrapper, optimizer=dict(type="SGD", lr=0.1)), fast=fast))
    enable_amp(cfg)
    expand_fast(cfg)
    assert (cfg.optim_wrapper.type, cfg.optim_wrapper.dtype) == ("AutocastOptimWrapper", dtype)


def test_a_preset_of_one_16_bit_type_decides_for_it():
    optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="SGD", lr=0.1))
    cfg = Config(dict(optim_wrapper=optim_wrapper, fast=dict(autocast="float16")))
    enable_amp(cfg)
    expand_fast(cfg)
    assert cfg.optim_wrapper.dtype == "float16"


def test_damaged_load_from_fails_before_training(tmp_path):
    config = write_run(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"checkpoint .*none\.pth"):
        train([str(config), "--cfg-options", f"load_from={tmp_path}/none.pth"])


@pytest.mark.parametrize("trust", [False, True])
def test_load_from_another_architecture_fails_before_training(tmp_path, trust):
    config = write_run(tmp_path)
    torch.save({"state_dict": {"backbone.other.weight": torch.ones(2, 2)}}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"other\.pth is of another architecture.* keys missing.*Use"):
        options = [f"load_from={tmp_path / 'other.pth'}", f"trust_checkpoint={trust}"]
        train([str(config), "--work-dir", str(tmp_path), "--cfg-options", *options])


def test_resuming_another_architecture_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = write_run(tmp_path)
    config.write_text(config.read_text() + 'runner_type = "SegRunner"\n')
    train([str(config)])
    options = ["--resume", "--cfg-options", "model.decode_head.channels=4"]
    with pytest.raises(ValueError, match=r"iter_2\.pth is of another architecture.*--work-dir"):
        train([str(config), *options])


def test_the_console_is_spared_environment_and_config(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    config = write_run(tmp_path)
    config.write_text(config.read_text() + 'runner_type = "SegRunner"\n')
    train([str(config)])
    shown = "".join(capfd.readouterr())
    file = next((tmp_path / "work_dirs/disc").glob("*/*.log")).read_text()
    assert "System environment" in file and "System environment" not in shown
    assert "seed 0. Environment and config: " in shown and "Iter(train) [2/2]" in shown
