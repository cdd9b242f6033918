"""One output and a threshold, from the loss to the metric: `out_channels=1` on a binary task."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.structures import PixelData
from mmseg.registry import METRICS, MODELS

from tests.segmentors.base import samples

LEAF = Path(__file__).parents[2] / "configs/unet/unet_c64_1xb4-sigmoid-20k_epfl-roads-384x384.py"


@pytest.fixture(scope="module")
def config():
    cfg = Config.fromfile(LEAF)
    cfg.model.backbone.base_channels = 4
    cfg.model.decode_head.in_channels = cfg.model.decode_head.channels = 4
    return cfg


def test_learns_and_is_scored(config):
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    label = torch.zeros(1, 32, 32, dtype=torch.long)
    label[:, :, 16:] = 1
    label[:, 0, 0] = 255
    image = torch.zeros(2, 3, 32, 32) + (label == 1)
    data = samples(2, 32, 32, 2)
    for sample in data:
        sample.gt_sem_seg = PixelData(data=label)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(40):
        loss = model.loss(image, data)["decode.loss_ce"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
    result = model.predict(image, data)
    probability = result[0].seg_logits.data
    assert probability.shape == (1, 32, 32) and probability.min() >= 0 and probability.max() <= 1
    assert torch.equal(result[0].pred_sem_seg.data, (probability > 0.5).float())
    metric = METRICS.build(config.val_evaluator)
    metric.dataset_meta = dict(classes=["background", "road"])
    metric.process({}, [r.to_dict() for r in result])
    assert metric.evaluate(2)["IoU.road"] > 90


def test_loss_is_binary_cross_entropy(config):
    model = MODELS.build(config.model)
    logits = torch.randn(1, 1, 8, 8)
    data = samples(1, 8, 8, 2)
    label = data[0].gt_sem_seg.data
    valid = label != 255
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits[0][valid], label[valid].float())
    torch.testing.assert_close(model.decode_head.loss_by_feat(logits, data)["loss_ce"], expected)
