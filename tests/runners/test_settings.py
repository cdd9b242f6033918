import pytest

from seg_plugins.runners.settings import check_settings, idle_worker_options, with_idle_options_off

LOADER = dict(batch_size=2, num_workers=0)
TRAIN = dict(train_dataloader=LOADER, train_cfg=dict(max_iters=4), optim_wrapper=dict(clip_grad=None))


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(train_dataloader=dict(LOADER, batch_size=0)), r"train_dataloader\.batch_size=0: .* at least 1"),
        (dict(train_dataloader=dict(LOADER, batch_size="4")), r"batch_size='4': give a whole number"),
        (dict(train_dataloader=dict(LOADER, num_workers=-1)), r"num_workers=-1: .* at least 0"),
        (dict(train_dataloader=dict(LOADER, num_workers=True)), r"num_workers=True: give a whole number"),
        (dict(train_dataloader=dict(LOADER, batch_size=None)), r"batch_size=None: give a whole number"),
        (dict(train_dataloader=dict(LOADER, prefetch_factor=0)), r"prefetch_factor=0: .* at least 1"),
        (dict(train_cfg=dict(max_epochs=0)), r"train_cfg\.max_epochs=0: .* at least 1"),
        (dict(train_cfg=dict(max_iters=4, val_interval=0)), r"train_cfg\.val_interval=0"),
        (
            dict(optim_wrapper=dict(clip_grad="none")),
            r"clip_grad='none': give dict\(max_norm",
        ),
        (dict(optim_wrapper=dict(accumulative_counts=0)), r"accumulative_counts=0"),
        (dict(val_cfg=dict()), r"val_dataloader and val_evaluator are None or absent, but val_cfg is set"),
        (
            dict(val_cfg=dict(), val_dataloader=LOADER),
            r"val_evaluator is None or absent, but val_dataloader and val_cfg are set.* leave val out",
        ),
        (dict(test_dataloader=dict(LOADER)), r"test_cfg and test_evaluator are None"),
        (dict(optim_wrapper=None), r"optim_wrapper is None or absent, but train_dataloader and train_cfg"),
    ],
)
def test_what_can_only_be_wrong_is_named(change, message):
    check_settings(TRAIN)
    with pytest.raises(ValueError, match=message):
        check_settings(TRAIN | change)


def test_built_objects_and_batch_samplers_are_left_alone():
    check_settings({})
    check_settings(TRAIN | dict(train_dataloader=object(), train_cfg=object(), optim_wrapper=object()))
    check_settings(TRAIN | dict(train_dataloader=dict(batch_size=None, batch_sampler=object())))
    check_settings(TRAIN | dict(train_dataloader=dict(LOADER, prefetch_factor=None)))


def test_worker_options_are_off_without_workers():
    options = dict(persistent_workers=True, prefetch_factor=4, multiprocessing_context="spawn", timeout=9)
    idle = dict(num_workers=0, batch_size=2, **options)
    assert idle_worker_options(idle) == list(options)
    assert with_idle_options_off(idle) == dict(num_workers=0, batch_size=2)
    assert with_idle_options_off(options) == {}
    assert with_idle_options_off(dict(idle, num_workers=1)) == dict(idle, num_workers=1)
