import pytest
from mmengine.dataset import BaseDataset, DefaultSampler
from mmengine.hooks import EMAHook, Hook
from mmengine.runner import EpochBasedTrainLoop

from seg_plugins.datasets import KeyedDataset
from seg_plugins.hooks import ExactEMAHook
from seg_plugins.runners.exactness import exact_hook, exact_loader, exact_loop
from seg_plugins.samplers import ExactInfiniteSampler


class Own:
    """A loop or sampler of a user's own."""


@pytest.mark.parametrize(
    "given, name",
    [
        (dict(type="IterBasedTrainLoop", max_iters=3), "ExactIterTrainLoop"),
        (dict(by_epoch=True, max_epochs=3), "ExactEpochTrainLoop"),
        (dict(by_epoch=False, max_iters=3), "ExactIterTrainLoop"),
        (dict(type=EpochBasedTrainLoop), "ExactEpochTrainLoop"),
        (dict(type="mmengine.EpochBasedTrainLoop"), "ExactEpochTrainLoop"),
    ],
)
def test_upstreams_loops_run_as_exact_ones_and_a_line_says_what_to_write(given, name):
    before = dict(given)
    made, (line,) = exact_loop(given)
    assert made == {k: v for k, v in given.items() if k != "by_epoch"} | dict(type=f"mmseg.{name}")
    assert given == before
    assert line.startswith("train_cfg has ") and f"write train_cfg.type='mmseg.{name}' instead" in line
    assert exact_loop(made) == (made, [])


@pytest.mark.parametrize("kind", ["ExactIterTrainLoop", "MyLoop", Own])
def test_other_loops_are_left_alone(kind):
    assert exact_loop(dict(type=kind)) == (dict(type=kind), [])


@pytest.mark.parametrize("kind", ["EMAHook", "mmengine.EMAHook", EMAHook])
def test_upstreams_hooks_run_as_exact_ones(kind):
    given = dict(type=kind, momentum=0.1)
    made, line = exact_hook(given)
    assert made == dict(type="mmseg.ExactEMAHook", momentum=0.1) and given["type"] is kind
    assert line.startswith("custom_hooks has type='") and line.endswith("type='mmseg.ExactEMAHook' instead")
    assert exact_hook(made) == (made, None)


class OwnAverage(EMAHook):
    """A hook of a user's own."""


def test_a_hook_that_is_built_is_left_and_one_that_is_not_exact_is_named():
    for hook in (EMAHook(), OwnAverage()):
        same, line = exact_hook(hook)
        assert same is hook and f"{type(hook).__name__} cannot be resumed exactly: take ExactEMAHook" in line
    for hook in (ExactEMAHook(), Hook(), dict(type="Mine")):
        assert exact_hook(hook) == (hook, None)


LOADER = dict(sampler=dict(type="InfiniteSampler", shuffle=True), dataset=dict(type="mmseg.BaseSegDataset"))


def test_upstreams_sampler_and_a_data_set_without_keys():
    made, lines = exact_loader(LOADER | dict(batch_size=2))
    assert made == dict(
        sampler=dict(type="mmseg.ExactInfiniteSampler", shuffle=True),
        dataset=dict(type="mmseg.KeyedDataset", dataset=dict(type="mmseg.BaseSegDataset")),
        batch_size=2,
    )
    assert LOADER["sampler"]["type"] == "InfiniteSampler" and "dataset" not in LOADER["dataset"]
    assert "write train_dataloader.sampler.type='mmseg.ExactInfiniteSampler'" in lines[0]
    assert (
        "dataset=dict(type='mmseg.KeyedDataset', dataset=dict(type='mmseg.BaseSegDataset', ...))" in lines[1]
    )
    assert exact_loader(made) == (made, [])
    made, _ = exact_loader(LOADER | dict(sampler=dict(type=DefaultSampler, shuffle=False)))
    assert made["sampler"] == dict(type="mmseg.ExactEpochSampler", shuffle=False)


@pytest.mark.parametrize("name", ["CheckedSegDataset", "CamVidDataset", "PackedSegDataset", "KeyedDataset"])
def test_data_sets_of_the_project_take_keys_by_themselves(name):
    for scope in ("", "mmseg."):  # as the bases write it, and as a config of another scope does
        given = dict(sampler=dict(type=scope + "ExactInfiniteSampler"), dataset=dict(type=scope + name))
        assert exact_loader(given) == (given, [])
        foreign = exact_loader(given | dict(dataset=dict(type=scope + "BaseSegDataset")))
        assert foreign[0]["dataset"]["type"] == "mmseg.KeyedDataset" and len(foreign[1]) == 1


def test_objects_are_told_apart_as_configs_are():
    plain = BaseDataset(serialize_data=False, lazy_init=True)
    sampler = ExactInfiniteSampler(range(2), seed=0)
    made, lines = exact_loader(dict(sampler=sampler, dataset=plain))
    assert made["sampler"] is sampler and made["dataset"]["dataset"] is plain and len(lines) == 1
    given = dict(sampler=sampler, dataset=KeyedDataset(plain))
    assert exact_loader(given) == (given, [])


@pytest.mark.parametrize("sampler", [None, dict(type="Mine"), dict(shuffle=True), Own()])
def test_without_keys_a_loader_is_left_alone(sampler):
    given = dict(sampler=sampler, dataset=dict(type="Stream"), batch_size=2)
    assert exact_loader(given) == (given, [])


def test_a_data_set_without_type_is_left_to_be_refused():
    given = dict(sampler=dict(type="ExactInfiniteSampler"), dataset=dict(data_root="x"))
    assert exact_loader(given) == (given, [])


@pytest.mark.parametrize("given, found", [(dict(type="A", by_epoch=True), "both"), ({}, "neither")])
def test_which_loop_it_is_has_to_be_said_once(given, found):
    with pytest.raises(ValueError, match=rf"train_cfg has {found}.*max_epochs.: 3.*Only one of them"):
        exact_loop(dict(max_epochs=3, **given))
