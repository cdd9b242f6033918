"""Every family of networks trains, predicts and predicts under TTA on the fake GPU, as it does on the CPU."""

import copy
from functools import cache
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

import seg_plugins.register  # noqa: F401 (registers)
from seg_plugins.optim.autocast_optim_wrapper import AutocastOptimWrapper
from tests.devices.fake_cuda import fake_cuda, on_host
from tests.segmentors.base import samples_with_edges

CONFIGS = Path(__file__).parents[2] / "configs"
LEAVES = sorted(CONFIGS.glob("*/*_tiny*_1xb*-*k_*.py"))
FAMILIES = list({leaf.parent.name: leaf for leaf in reversed(LEAVES)}.values())
SIZE, IMAGES = (64, 128), 2


@cache
def config(leaf):
    return Config.fromfile(leaf)


def build(leaf):
    cfg = copy.deepcopy(config(leaf).model)
    cfg.data_preprocessor.size = SIZE
    torch.manual_seed(0)
    model = MODELS.build(cfg)
    for module in model.modules():
        if isinstance(module, torch.nn.modules.dropout._DropoutNd):
            module.p = 0.0
    return model, cfg


def batch(classes, channels):
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(0)
    images = [torch.randint(0, 256, (channels, *SIZE), generator=generator).byte() for _ in range(IMAGES)]
    data = samples_with_edges(IMAGES, *SIZE, classes)
    for sample in data:
        blocks = torch.randint(0, classes, (1, 4, 8), generator=generator)
        sample.gt_sem_seg.data = blocks.repeat_interleave(16, 1).repeat_interleave(16, 2)
        sample.gt_sem_seg.data[:, :2] = 255
        sample.set_metainfo(dict(scale_factor=(1.0, 1.0), flip=False, flip_direction=None))
    return dict(inputs=images, data_samples=data)


def train_step(model, data):
    """Return the losses of a step, and a parameter after it."""
    wrapper = AutocastOptimWrapper(
        dtype="float32", skip_nonfinite=True, optimizer=torch.optim.SGD(model.parameters(), lr=1e-3)
    )
    model.train()
    return model.train_step(data, wrapper)


def predict(model, data):
    model.eval()
    with torch.no_grad():
        return model.test_step(data)


def predict_views(model, data):
    """Predict under TTA: the images and their mirror images."""
    mirrored = copy.deepcopy(data)
    mirrored["inputs"] = [image.flip(-1) for image in data["inputs"]]
    for sample in mirrored["data_samples"]:
        sample.set_metainfo(dict(flip=True, flip_direction="horizontal"))
    views = {key: [data[key], mirrored[key]] for key in data}
    return predict(MODELS.build(dict(type="PostprocessTTAModel", module=model)), views)


def labels(samples):
    return torch.stack([on_host(sample.pred_sem_seg.data) for sample in samples])


# Waits in our code. Upstream's, beside them: order of channels, accuracy, losses that take pixels by masks,
# whose backward pass is counted here.
CHECK = 1  # of loss and gradient, once per step
PER_STEP = dict(
    mask_rcnn=CHECK + 12 + 6 * IMAGES,
    stdc=CHECK + 3,
    pidnet=CHECK + 2,
    ddrnet=CHECK + 4,
    eomt=CHECK + 28,
    mask2former=CHECK + 36,
)
PER_IMAGE = dict(mask_rcnn=12, deeplabv1=12, deeplabv2=12, eomt=1)  # instances; the lattice of the CRF


def check_family(leaf):
    family, classes = leaf.parent.name, config(leaf).num_classes
    reference, model = build(leaf)[0], build(leaf)[0]
    expected = train_step(reference, batch(classes, 3))
    with fake_cuda() as waits:
        model.to("cuda")
        waits.clear()
        losses = on_host(train_step(model, batch(classes, 3)))
    assert losses.keys() == expected.keys() and len(losses) > 1
    for name, value in losses.items():
        assert value.item() == pytest.approx(expected[name].item(), rel=1e-4, abs=1e-4), name
    assert waits.own() <= PER_STEP.get(family, CHECK), waits
    for act in (predict, predict_views):
        wanted = labels(act(reference, batch(classes, 3)))
        with fake_cuda() as waits:
            predicted = act(model, batch(classes, 3))
            assert all(sample.pred_sem_seg.data.is_cuda for sample in predicted)
        assert (labels(predicted) != wanted).float().mean() < 0.01
        views = 2 if act is predict_views else 1
        assert waits.own() <= IMAGES * views * PER_IMAGE.get(family, 0), waits


@pytest.mark.parametrize("leaf", FAMILIES, ids=lambda leaf: leaf.parent.name)
def test_a_leaf_of_every_family(leaf):
    check_family(leaf)


@pytest.mark.slow
@pytest.mark.parametrize("leaf", sorted(set(LEAVES) - set(FAMILIES)), ids=lambda leaf: leaf.stem)
def test_every_other_leaf(leaf):
    check_family(leaf)


def test_there_are_leaves():
    assert len(FAMILIES) > 20 and len(LEAVES) > 2 * len(FAMILIES) - 10
