"""Base tests of every architecture; one small subclass per architecture."""

import copy
from functools import lru_cache
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch.overrides import TorchFunctionMode

import seg_plugins.register  # noqa: F401 (registers)

MODEL_BASES = Path(__file__).parents[2] / "configs" / "_base_" / "models"
HEADS = ("decode_head", "auxiliary_head")


@lru_cache
def base_config(name):
    return Config.fromfile(MODEL_BASES / f"{name}.py").model


def model_config(name, num_classes):
    """The model of a base, with a class count and without weight files."""
    cfg = copy.deepcopy(base_config(name))
    for head in HEADS:
        if head in cfg:
            cfg[head]["num_classes"] = num_classes
    for part in (cfg.backbone, cfg.backbone.get("backbone_cfg", {})):
        if (part.get("init_cfg") or {}).get("checkpoint"):
            part.init_cfg = None
    return cfg


def build(name, num_classes):
    return MODELS.build(model_config(name, num_classes))


class WeightsOnMeta(TorchFunctionMode):
    """Weights without memory; unlike `torch.device("meta")` it leaves ViT the schedule that it reads."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func in (torch.empty, torch.zeros, torch.ones, torch.tensor):
            kwargs = {**kwargs, "device": "meta"}
        return func(*args, **kwargs)


def samples(count, height, width, num_classes, ignore=True):
    """Random ground truth, some of it ignored."""
    generator = torch.Generator().manual_seed(0)
    made = []
    for _ in range(count):
        label = torch.randint(0, num_classes, (1, height, width), generator=generator)
        if ignore:
            label[:, 0, 0] = 255
        meta = dict(img_shape=(height, width), ori_shape=(height, width), pad_shape=(height, width))
        made.append(SegDataSample(gt_sem_seg=PixelData(data=label), metainfo=meta))
    return made


def samples_with_edges(count, height, width, num_classes):
    """`samples` with random maps of edges."""
    made = samples(count, height, width, num_classes)
    for sample in made:
        sample.gt_edge_map = PixelData(data=torch.randint(0, 2, (1, height, width)))
    return made


def millions(*modules):
    return sum(p.numel() for m in modules for p in m.parameters()) / 1e6


def randomise(model):
    """Give parameters that start at zero some weight, so that a gradient can pass."""
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        if parameter.requires_grad and not parameter.any():
            parameter.data.normal_(0, 0.05, generator=generator)
    return model


class ArchitectureTester:
    """Subclass as `TestX`, with `tiny` and `paper`: base name to (classes, millions of parameters).

    A third figure is that without the auxiliary head, for those that have one.
    """

    tiny = ""
    paper: dict[str, tuple[float, ...]] = {}
    learning_rate = 1e-2
    watched = "decode.loss_ce"
    labels = staticmethod(samples)
    odd_sizes = ((64, 96), (61, 83), (33, 47), (7, 5), (1, 1))

    @pytest.fixture
    def model(self):
        """One for all tests of the class."""
        if "built" not in vars(type(self)):
            torch.manual_seed(0)
            model = build(self.tiny, 5)
            model.init_weights()
            type(self).built = randomise(model)
        return type(self).built

    def test_paper_size_has_the_published_parameters(self):
        assert self.paper
        for name, (classes, expected, *alone) in self.paper.items():
            with WeightsOnMeta():
                model = build(name, classes)
            auxiliary = millions(model.auxiliary_head) if model.with_auxiliary_head else 0
            assert millions(model) == pytest.approx(expected, abs=0.005), name
            assert bool(alone) == bool(auxiliary), name
            if alone:
                assert millions(model) - auxiliary == pytest.approx(alone[0], abs=0.005), name

    def test_logits_follow_the_image_at_any_size(self, model):
        model.eval()
        for height, width in self.odd_sizes:
            with torch.no_grad():
                result = model.predict(torch.rand(1, 3, height, width), samples(1, height, width, 5))
            assert result[0].seg_logits.data.shape == (5, height, width)
            assert torch.isfinite(result[0].seg_logits.data).all()
            assert result[0].pred_sem_seg.data.max() < 5

    @staticmethod
    def logits(model, images):
        return model._forward(images)

    def test_eval_is_deterministic_and_independent_of_the_batch(self, model):
        model.eval()
        images = torch.rand(2, 3, 64, 64)
        with torch.no_grad():
            both, again, alone = (self.logits(model, x) for x in (images, images, images[:1]))
        torch.testing.assert_close(both, again, rtol=0, atol=0)
        torch.testing.assert_close(both[:1], alone, rtol=1e-3, atol=1e-4)

    def test_gradient_reaches_every_parameter(self, model):
        model.train()
        losses = model.loss(torch.rand(2, 3, 61, 83), self.labels(2, 61, 83, 5))
        total = sum(v for k, v in losses.items() if "loss" in k)
        assert torch.isfinite(total)
        model.zero_grad()
        total.backward()
        without = [n for n, p in model.named_parameters() if p.requires_grad and p.grad is None]
        assert without == []
        assert sum(p.grad.abs().sum() > 0 for p in model.parameters() if p.requires_grad) > 0

    def test_a_few_steps_fit_one_batch(self):
        torch.manual_seed(0)
        model = build(self.tiny, 3)
        model.init_weights()
        model.train()
        image = torch.zeros(2, 3, 64, 64)
        label = torch.zeros(1, 64, 64, dtype=torch.long)
        label[:, :, 20:44] = 1
        label[:, :, 44:] = 2
        image += label * 1.0
        data = self.labels(2, 64, 64, 3)
        for sample in data:
            sample.gt_sem_seg = PixelData(data=label)
        optimiser = torch.optim.AdamW(model.parameters(), lr=self.learning_rate)
        history = []
        for _ in range(40):
            losses = model.loss(image, data)
            total = sum(v for k, v in losses.items() if "loss" in k)
            optimiser.zero_grad()
            total.backward()
            optimiser.step()
            history.append(losses[self.watched].item())
        assert min(history) < 0.6 * history[0]
