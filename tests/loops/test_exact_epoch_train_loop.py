import pytest

from seg_plugins.samplers import ExactEpochSampler
from tests.runners.base import build, differences, final_state, killed_at, logged, no_workers, tiny


def epochs(root, **options):
    cfg = no_workers(tiny(root, **options))
    cfg.train_cfg = dict(by_epoch=True, max_epochs=4, val_interval=2)
    cfg.param_scheduler = [dict(type="PolyLR", power=0.9, begin=0, end=4, by_epoch=True)]
    cfg.train_dataloader.sampler = dict(type="DefaultSampler", shuffle=True)
    cfg.default_hooks.checkpoint.update(by_epoch=True, interval=1)
    cfg.default_hooks.pop("sampler_seed")
    return cfg


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    root = tmp_path_factory.mktemp("uninterrupted")
    build(epochs(root)).train()
    return root


def test_dying_makes_no_difference(uninterrupted, tmp_path):
    for place, iteration in [("after_train_iter", 4), ("after_val_iter", 6), ("after_train_iter", 10)]:
        assert killed_at(build(epochs(tmp_path, resume=True)), place, iteration), place
    build(epochs(tmp_path, resume=True)).train()
    same = differences(final_state(uninterrupted, "epoch_4.pth"), final_state(tmp_path, "epoch_4.pth"))
    assert same == []
    assert logged(uninterrupted) == logged(tmp_path)


def test_a_signal_within_an_epoch_goes_on_within_it(uninterrupted, tmp_path):
    runner = build(epochs(tmp_path))
    call_hook = runner.call_hook

    def told(name, **kwargs):
        call_hook(name, **kwargs)
        if name == "after_train_iter" and runner.iter == 7:
            runner._stop.received = 15

    runner.call_hook = told
    with pytest.raises(SystemExit) as stopped:
        runner.train()
    assert stopped.value.code == 85
    assert (tmp_path / "work" / "iter_8.pth").exists()
    build(epochs(tmp_path, resume=True)).train()
    assert differences(final_state(uninterrupted, "epoch_4.pth"), final_state(tmp_path, "epoch_4.pth")) == []
    assert not (tmp_path / "work" / "iter_8.pth").exists()


def test_saved_by_iteration_at_the_last_of_an_epoch_no_epoch_is_trained_twice(tmp_path):
    def by_iteration(root, **options):
        root.mkdir(exist_ok=True)
        cfg = epochs(root, default_hooks__checkpoint__max_keep_ckpts=3, **options)
        cfg.default_hooks.checkpoint.update(by_epoch=False, interval=3)
        return build(cfg)

    by_iteration(tmp_path / "whole").train()
    for iteration in (4, 7):
        assert killed_at(by_iteration(tmp_path / "killed", resume=True), "after_train_iter", iteration)
    by_iteration(tmp_path / "killed", resume=True).train()
    ends = [final_state(tmp_path / root, "iter_12.pth") for root in ("whole", "killed")]
    assert differences(*ends) == []
    assert logged(tmp_path / "whole") == logged(tmp_path / "killed")


def test_a_sampler_that_cannot_start_within_an_epoch_is_said(tmp_path, monkeypatch):
    runner = build(epochs(tmp_path))
    assert killed_at(runner, "after_train_iter", 1)
    runner.train_loop._iter = 1
    monkeypatch.delattr(ExactEpochSampler, "skip")
    with pytest.raises(ValueError, match=r"ExactEpochSampler cannot go on within an epoch \(1 of 3 batches"):
        runner.train_loop.run_epoch()
