"""Every metric gives, on two ranks with unequal shares of the images, what one process gives for all."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmseg.registry import METRICS

import seg_plugins.register  # noqa: F401  (registers)
from tests.metrics import test_boundary_metric, test_calibration_metric, test_confusion_metric
from tests.metrics import test_mask_ap_metric as mask_ap
from tests.metrics import test_panoptic_quality as panoptic
from tests.metrics.test_confusion_metric import META

ROOT = Path(__file__).parents[2]


def boundary_samples():
    return [test_confusion_metric.sample(p, t) for p, t in test_boundary_metric.pairs(5)]


def coverage_samples():
    for one in test_calibration_metric.samples(5):
        one["pred_sem_seg"]["data"][..., 5:9, :] = 255
        yield one


def mask_ap_samples():
    """Objects that are found worse from image to image, and a false alarm."""
    for i in range(5):
        true = mask_ap.square(2, 2, 10)
        found = mask_ap.square(2, 2 + i, 10)
        other = mask_ap.square(20, 30, 12)
        yield mask_ap.image([(true, 1), (other, 2)], [(found, 1, 0.9 - 0.1 * i), (other, 1, 0.3)])


def panoptic_samples():
    """Cars that are found worse from image to image."""
    for i in range(5):
        row = [0] * 4 + [1] * 8
        yield panoptic.sample(row, [0] * 4 + [3] * 8, row, [1] * 4 + [2] * (8 - i) + [0] * i)


CASES = {
    "ConfusionMetric": (dict(bootstrap=50), META, lambda: test_confusion_metric.images(5)),
    "BoundaryMetric": (dict(trimap_width=3), META, boundary_samples),
    "CalibrationMetric": (dict(), META, lambda: test_calibration_metric.samples(5)),
    "CoverageMetric": (dict(), META, coverage_samples),
    "PanopticQuality": (dict(), panoptic.META, panoptic_samples),
    "MaskAPMetric": (dict(), mask_ap.META, mask_ap_samples),
}


def results(share):
    """The results of every metric over a share (a slice) of its five images."""
    found = {}
    for name, (options, meta, samples) in CASES.items():
        metric = METRICS.build(dict(type=name, **options))
        metric.dataset_meta = meta
        for one in list(samples())[share]:
            metric.process(None, [one])
        found[name] = metric.evaluate(5)
    return found


RANK = """
import sys, torch
import torch.distributed as dist
from tests.metrics.test_two_ranks import results
rank, folder = int(sys.argv[1]), sys.argv[2]
dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
torch.save(results(slice(4, 5) if rank else slice(0, 4)), f"{folder}/{rank}.pt")
dist.destroy_process_group()
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What each of two processes reports: four images lie on one, one on the other."""
    folder = tmp_path_factory.mktemp("ranks")
    ranks = [subprocess.Popen([sys.executable, "-c", RANK, str(r), str(folder)], cwd=ROOT) for r in (0, 1)]
    assert [process.wait(timeout=900) for process in ranks] == [0, 0]
    return [torch.load(folder / f"{r}.pt", weights_only=False) for r in (0, 1)]


def test_every_metric_has_a_case():
    ours = {n for n, c in METRICS.module_dict.items() if c.__module__.startswith("seg_plugins.")}
    assert set(CASES) == ours


@pytest.mark.parametrize("name", CASES)
def test_two_ranks_report_what_one_does(name, both):
    one, (first, second) = results(slice(0, 5))[name], (ranks[name] for ranks in both)
    assert first == second
    assert first.keys() == one.keys() and len(one) > 1
    for key, value in one.items():
        if isinstance(value, float):
            np.testing.assert_allclose(first[key], value, rtol=1e-12, err_msg=key)
        else:
            assert first[key] == value
