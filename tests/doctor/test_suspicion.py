import pytest
import torch
from mmengine.config import Config

from seg_plugins.doctor.entries import read_splits
from seg_plugins.doctor.suspicion import image_losses, outliers
from tests.doctor.base import make


def test_outliers():
    assert outliers([1.0, 1.1, 0.9, 5.0, 1.0, 9.0]) == [5, 3]
    assert outliers([]) == [] and outliers([2.0, 2.0]) == []


def test_a_wrong_label_costs_the_most(tmp_path):
    """A model that says "ground" everywhere: the loss is the share of other pixels, times the margin."""
    cfg = make(tmp_path)
    model = dict(
        type="EncoderDecoder",
        data_preprocessor=dict(type="SegDataPreProcessor", size=(40, 56)),
        backbone=dict(type="VanillaUNet", base_channels=2),
        decode_head=dict(
            type="FCNHead",
            in_channels=2,
            in_index=0,
            channels=2,
            num_convs=0,
            concat_input=False,
            num_classes=3,
            norm_cfg=None,
            align_corners=False,
        ),
        test_cfg=dict(mode="whole"),
    )
    cfg = Config({**cfg, "model": model})
    from mmseg.registry import MODELS

    network = MODELS.build(cfg.model)
    torch.nn.init.zeros_(network.decode_head.conv_seg.weight)
    network.decode_head.conv_seg.bias.data = torch.tensor([10.0, 0.0, 0.0])
    torch.save(dict(state_dict=network.state_dict(), meta={}), tmp_path / "model.pth")
    split = read_splits(cfg)[0]
    losses = image_losses(cfg, str(tmp_path / "model.pth"), split.entries)
    entry = split.entries[0]
    label = split.load({**entry, "seg_fields": []})["gt_seg_map"]
    assert len(losses) == 6
    assert losses[entry["img_path"]] == pytest.approx(10 * (label > 0).mean(), rel=1e-3)
