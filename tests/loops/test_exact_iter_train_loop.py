import pytest

from tests.runners.base import build, differences, final_state, killed_at, logged, no_workers, tiny


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    root = tmp_path_factory.mktemp("uninterrupted")
    build(no_workers(tiny(root))).train()
    return root


def test_the_number_of_workers_makes_no_difference(uninterrupted, tmp_path):
    build(tiny(tmp_path)).train()
    assert differences(final_state(uninterrupted), final_state(tmp_path)) == []
    assert logged(uninterrupted) == logged(tmp_path)


def test_dying_anywhere_makes_no_difference(uninterrupted, tmp_path):
    """Around a step, around a checkpoint, before, within and after validations."""
    places = [
        ("before_train_iter", 1),
        ("after_train_iter", 4),
        ("before_val", 8),
        ("after_val_iter", 8),
        ("after_val_epoch", 8),
        ("before_save_checkpoint", 11),
        ("after_val", 16),
        ("after_train_iter", 22),
        ("after_val_epoch", 24),
    ]
    for place, iteration in places:
        assert killed_at(build(no_workers(tiny(tmp_path, resume=True))), place, iteration), place
    build(no_workers(tiny(tmp_path, resume=True))).train()
    assert differences(final_state(uninterrupted), final_state(tmp_path)) == []
    assert logged(uninterrupted) == logged(tmp_path)


def test_accumulated_gradients_are_not_lost(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    options = {"optim_wrapper__accumulative_counts": 4, "train_cfg__max_iters": 8}
    build(no_workers(tiny(tmp_path / "a", **options))).train()
    assert killed_at(build(no_workers(tiny(tmp_path / "b", **options))), "after_train_iter", 6)
    build(no_workers(tiny(tmp_path / "b", resume=True, **options))).train()
    assert (
        differences(final_state(tmp_path / "a", "iter_8.pth"), final_state(tmp_path / "b", "iter_8.pth"))
        == []
    )


def test_early_stopping_counts_on(tmp_path):
    """Nothing is a gain of 1000: best at 4, one wait at 8, a second and the end at 12, with a kill at 9."""
    stop = dict(type="EarlyStoppingHook", monitor="mIoU", rule="greater", patience=2, min_delta=1000)
    options = {"custom_hooks": [stop], "train_cfg__val_interval": 4}
    assert killed_at(build(no_workers(tiny(tmp_path, **options))), "after_train_iter", 9)
    for _ in "resumed", "finished":
        runner = build(no_workers(tiny(tmp_path, resume=True, **options)))
        runner.train()
        assert runner.iter == 12


def test_a_drawn_seed_is_taken_over(tmp_path):
    cfg = no_workers(tiny(tmp_path, randomness=dict(seed=None), train_cfg__max_iters=4))
    first = build(cfg)
    first.train()
    cfg.resume = True
    second = build(cfg)
    assert second.seed != first.seed
    second.train()
    assert second.seed == first.seed
