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
            runner.signals.received = 15

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
    with pytest.raises(ValueError, match=r"ExactEpochSampler cannot start within an epoch \(1 of 3 batches"):
        runner.train_loop.run_epoch()


def test_after_the_end_of_an_epoch_another_length_goes_on_with_the_next(tmp_path):
    """12 images in batches of 4, then of 6 or 2: epoch 2 of 4 begins, and none is left out."""
    for batch, iterations in ((6, 6 + 2 * 2), (2, 6 + 2 * 6)):
        root = tmp_path / str(batch)
        root.mkdir()
        assert killed_at(build(epochs(root)), "after_train_iter", 6)
        again = build(epochs(root, resume=True, train_dataloader__batch_size=batch))
        again.train()
        assert (again.epoch, again.iter) == (4, iterations)
        text = "".join(path.read_text() for path in (root / "work").glob("*/*.log"))
        assert f"an epoch has {12 // batch} batches, and had 3 in the run that is resumed" in text


def test_within_an_epoch_another_length_is_refused_with_both(tmp_path):
    runner = build(epochs(tmp_path))
    call_hook = runner.call_hook

    def told(name, **kwargs):
        call_hook(name, **kwargs)
        if name == "after_train_iter" and runner.iter == 3:
            runner.signals.received = 15

    runner.call_hook = told
    with pytest.raises(SystemExit):
        runner.train()
    with pytest.raises(ValueError, match=r"an epoch has 2 batches, and had 3 .* at batch 1: resume with"):
        build(epochs(tmp_path, resume=True, train_dataloader__batch_size=6)).train()


def test_a_whole_epoch_saved_by_iteration_is_not_trained_again_with_another_length(tmp_path):
    def by_iteration(**options):
        cfg = epochs(tmp_path, **options)
        cfg.default_hooks.checkpoint.update(by_epoch=False, interval=3)
        return build(cfg)

    assert killed_at(by_iteration(), "after_train_epoch", 3)
    assert (tmp_path / "work" / "iter_3.pth").exists()
    again = by_iteration(resume=True, train_dataloader__batch_size=2)
    again.train()
    assert (again.epoch, again.iter) == (4, 3 + 3 * 6)


def test_an_endless_sampler_is_refused(tmp_path):
    cfg = epochs(tmp_path)
    cfg.train_dataloader.sampler = dict(type="InfiniteSampler")
    with pytest.raises(ValueError, match=r"train_dataloader\.sampler: ExactInfiniteSampler never ends"):
        build(cfg).train()


def test_an_epoch_without_a_batch_is_refused(tmp_path):
    cfg = epochs(tmp_path, train_dataloader__batch_size=16)
    cfg.train_dataloader.drop_last = True
    with pytest.raises(ValueError, match=r"no batch: 12 images, batch_size=16 and drop_last=True"):
        build(cfg).train()
    assert not list((tmp_path / "work").glob("*.pth"))
