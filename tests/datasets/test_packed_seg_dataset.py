import multiprocessing
import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from mmseg.registry import DATASETS
from torch.utils.data import DataLoader

from seg_plugins.datasets.packed_seg_dataset import faster
from seg_plugins.datasets.packing import default_folder, pack_dataset
from seg_plugins.samplers import ExactInfiniteSampler
from tests.datasets.base import folder_config, write_pair

RESIZE = dict(type="RandomResize", scale=(60, 40), ratio_range=(0.5, 2.0), keep_ratio=True)
AUGMENT = [
    RESIZE,
    dict(type="RandomCrop", crop_size=(20, 30), cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion"),
]


@pytest.fixture
def config(tmp_path):
    for i in range(6):
        write_pair(tmp_path, "train", f"s{i}", shape=(40, 60))
    return folder_config(tmp_path)


def augmented(config):
    load, labels, pack = config["pipeline"]
    return config | dict(pipeline=[load, labels, *AUGMENT, pack])


def packed(config, **options):
    pack_dataset(config, default_folder(config))
    return DATASETS.build(dict(type="PackedSegDataset", dataset=config, **options))


def equal(a, b, tolerance=0):
    assert np.abs(a["inputs"].numpy().astype(int) - b["inputs"].numpy()).max() <= tolerance
    assert torch.equal(a["data_samples"].gt_sem_seg.data, b["data_samples"].gt_sem_seg.data)


def test_gives_what_the_files_give(config):
    files, pack = DATASETS.build(config), packed(config)
    assert len(pack) == len(files) == 6 and pack.metainfo == files.metainfo
    for i in range(6):
        equal(files[i], pack[i])
        meta = (files[i]["data_samples"].metainfo, pack[i]["data_samples"].metainfo)
        assert meta[0] == meta[1]


def test_labels_loaded_after_a_resize_stay_unresized(config):
    load, labels, pack = config["pipeline"]
    config = config | dict(pipeline=[load, dict(type="Resize", scale=(30, 20)), labels, pack])
    files, pack = DATASETS.build(config), packed(config)
    equal(files[0], pack[0])
    assert pack[0]["data_samples"].gt_sem_seg.shape == (40, 60)


@pytest.mark.parametrize("fast, tolerance", [(False, 0), (True, 9)])
def test_one_seed_gives_the_same_augmentation(config, fast, tolerance):
    """Fast: the images, which are white noise, differ by what 1/64 of a pixel makes."""
    config = augmented(config)
    if fast:
        config["pipeline"] = [t for t in config["pipeline"] if t["type"] != "PhotoMetricDistortion"]
    files, pack = DATASETS.build(config), packed(config, fast=fast)
    for seed in range(20):
        made = []
        for dataset in (files, pack):
            np.random.seed(seed)
            made.append(dataset[seed % 6])
        equal(*made, tolerance=tolerance)


def test_a_view_is_given_only_to_who_does_not_keep_it(config):
    views = packed(augmented(config)).pipeline.transforms
    copies = packed(config).pipeline.transforms
    assert [views[0].copy, copies[0].copy] == [False, True]
    assert packed(config)[0]["inputs"].numpy().flags.writeable


def test_faster_leaves_alone_what_it_does_not_know():
    special = dict(type="RandomResize", scale=(60, 40), resize_type="ResizeShortestEdge")
    crop = dict(type="RandomCrop", crop_size=(20, 30))
    assert faster([special, crop]) == [special, crop]
    one = dict(type="FusedResizeCrop", crop_size=(20, 30)) | {k: v for k, v in RESIZE.items() if k != "type"}
    assert faster([dict(RESIZE), crop]) == [one]


@pytest.mark.parametrize("workers, method", [(0, None), (2, "fork")])
def test_samples_follow_their_keys_through_any_number_of_workers(config, workers, method):
    dataset = packed(augmented(config))
    options = dict(multiprocessing_context=method) if workers else {}

    def first(count, skip=0):
        sampler = ExactInfiniteSampler(dataset, seed=1)
        sampler.skip(skip)
        loader = DataLoader(dataset, 2, sampler=sampler, num_workers=workers, collate_fn=list, **options)
        return [s for batch in islice(loader, count) for s in batch]

    alone = DataLoader(dataset, 2, sampler=ExactInfiniteSampler(dataset, seed=1), collate_fn=list)
    expected = [s for batch in islice(alone, 4) for s in batch]
    for ours, theirs in zip(first(2, skip=4), expected[4:], strict=True):
        equal(ours, theirs)


def test_missing_pack_says_how_to_make_it(config):
    with pytest.raises(FileNotFoundError, match=r"prepare_dataset\.py pack CONFIG"):
        DATASETS.build(dict(type="PackedSegDataset", dataset=config))


LINKS = 20_000  # names of one file; file systems allow no more than some 65,000


def private_kb():
    """Memory of this process that no other shares, in kB."""
    fields = [line.split() for line in Path("/proc/self/smaps_rollup").read_text().splitlines()]
    return sum(int(f[1]) for f in fields if f[0] in ("Private_Dirty:", "Private_Clean:"))


def look(dataset, indices, results):
    before = private_kb()
    for i in indices:
        dataset.get_data_info(int(i))
        dataset.dataset.pipeline.transforms[0].pack.read(int(i), "image")
    results.put(private_kb() - before)


def growth_of_a_worker(tmp_path, entries):
    """kB that a forked worker takes for itself while it looks at 2,000 entries of a data set this long."""
    root = tmp_path / str(entries)
    for i in range(entries):
        if i % LINKS == 0:
            pair = write_pair(root, "train", f"{i:06d}", shape=(2, 3))
            continue
        for path in pair:
            os.link(path, path.with_name(f"{i:06d}.png"))
    dataset = packed(folder_config(root))
    results = multiprocessing.get_context("fork").Queue()
    order = np.random.default_rng(0).integers(0, entries, 2000)
    worker = multiprocessing.get_context("fork").Process(target=look, args=(dataset, order, results))
    worker.start()
    grown = results.get(timeout=900)
    worker.join()
    return grown


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="needs Linux's smaps_rollup")
def test_memory_of_a_worker_does_not_grow_with_the_data_set(tmp_path):
    assert growth_of_a_worker(tmp_path, 2000) < 3000


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="needs Linux's smaps_rollup")
def test_memory_of_a_worker_with_100_000_entries(tmp_path):
    few, many = (growth_of_a_worker(tmp_path, n) for n in (1000, 100_000))
    print(f"a worker's own memory grew by {few} kB with 1,000 entries, by {many} kB with 100,000")
    assert many < few + 4000
