import itertools

import pytest
from mmengine.dataset import DefaultSampler, InfiniteSampler
from torch.utils.data import BatchSampler, DataLoader, IterableDataset, RandomSampler, Sampler

from seg_plugins.loops.loader_checks import (
    check_ends,
    check_has_batches,
    check_train_loader,
    is_endless,
    last_batch_size,
)
from seg_plugins.samplers import ClassBalancedInfiniteSampler, ExactEpochSampler, ExactInfiniteSampler


class OwnEndless(Sampler):
    """Somebody's sampler that says a length and never ends."""

    def __init__(self, data):
        self.size = len(data)

    def __iter__(self):
        return iter(itertools.cycle(range(self.size)))

    def __len__(self):
        return self.size


class OwnFinite(OwnEndless):
    def __iter__(self):
        return iter(range(self.size))


def loader(count, batch, sampler=ExactEpochSampler, **options):
    data = list(range(count))
    return DataLoader(data, batch, sampler=sampler(data), collate_fn=list, **options)


@pytest.mark.parametrize(
    "sampler, endless",
    [
        (InfiniteSampler, True), (ExactInfiniteSampler, True), (OwnEndless, True), (OwnFinite, False),
        (DefaultSampler, False), (ExactEpochSampler, False), (RandomSampler, False),
    ],
)  # fmt: skip
def test_endless_samplers_are_known_and_refused(sampler, endless):
    given = loader(4, 2, sampler)
    assert is_endless(given.sampler) == endless == is_endless(given.batch_sampler)
    if endless:
        with pytest.raises(ValueError, match=rf"x\.sampler: {sampler.__name__} never ends.* DefaultSampler"):
            check_ends(given, "x")
    else:
        check_ends(given, "x")


class OwnBatches(BatchSampler):
    """Somebody's batch sampler."""


def test_an_endless_sampler_within_batches_is_known_and_not_touched():
    """Upstream's sampler is one generator: whoever begins to read it and stops has closed it."""
    batches = OwnBatches(InfiniteSampler([1, 2]), 2, True)
    assert is_endless(batches)
    assert len(next(iter(batches))) == 2
    assert not is_endless(OwnBatches(RandomSampler([1, 2]), 2, True))


class Stream(IterableDataset):
    def __iter__(self):
        return iter([1, 2])


def test_a_stream_has_batches():
    check_train_loader(DataLoader(Stream(), 2, collate_fn=list))


def test_the_balanced_sampler_is_endless():
    assert issubclass(ClassBalancedInfiniteSampler, InfiniteSampler)


@pytest.mark.parametrize(
    "given, size",
    [
        (loader(5, 2), 1), (loader(4, 2), 2), (loader(5, 2, drop_last=True), 2), (loader(1, 2), 1),
        (loader(5, 2, InfiniteSampler), None),
        (DataLoader([1, 2, 3], batch_sampler=BatchSampler(RandomSampler([1, 2, 3]), 2, False)), 1),
    ],
)  # fmt: skip
def test_images_of_the_last_batch(given, size):
    assert last_batch_size(given) == size


@pytest.mark.parametrize("given", [loader(3, 4, drop_last=True), loader(0, 4)])
def test_a_loader_without_a_batch_is_refused(given):
    with pytest.raises(ValueError, match=r"no batch: \d images, batch_size=4.*Lower batch_size"):
        check_train_loader(given)


def test_one_rank_may_have_nothing_to_validate(monkeypatch):
    with pytest.raises(ValueError, match="x has no batch: 0 images"):
        check_has_batches(loader(0, 4), "x")
    monkeypatch.setattr("seg_plugins.loops.loader_checks.get_world_size", lambda: 2)
    monkeypatch.setattr("seg_plugins.loops.loader_checks.all_gather_object", lambda mine: [mine, 1])
    check_has_batches(loader(0, 4), "x")
    with pytest.raises(ValueError, match=r"train_dataloader has no batch: .*, 2 processes"):
        check_train_loader(loader(0, 4))


def test_few_images_are_enough_for_an_endless_sampler():
    check_train_loader(loader(1, 4, InfiniteSampler, drop_last=True))
    check_train_loader(loader(1, 4))


def test_ranks_with_different_numbers_of_batches_are_refused(monkeypatch):
    monkeypatch.setattr("seg_plugins.loops.loader_checks.get_world_size", lambda: 2)
    monkeypatch.setattr("seg_plugins.loops.loader_checks.all_gather_object", lambda mine: [mine, 3])
    check_train_loader(loader(12, 4))
    with pytest.raises(ValueError, match=r"2 and 3 batches on ranks 0 to 1.*round_up=True"):
        check_train_loader(loader(8, 4))
