from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

import seg_plugins.register  # noqa: F401  (registers)

BASES = Path(__file__).parent.parent.parent / "configs" / "_base_" / "models"
SIZE = (64, 96)


def build(name, num_classes, thing_ids):
    init_default_scope("mmseg")
    cfg = Config.fromfile(BASES / f"mask_rcnn_{name}.py").model
    cfg.thing_ids = thing_ids
    cfg.backbone.init_cfg = None
    cfg.decode_head.num_classes = num_classes
    return MODELS.build(cfg)


def sample(with_car=True, ids=None, **meta):
    sem_seg = torch.zeros(1, *SIZE, dtype=torch.long)
    if with_car:
        sem_seg[0, 16:56, 20:50] = 3
    data = SegDataSample(gt_sem_seg=PixelData(data=sem_seg))
    if ids is not None:
        data.gt_instance_map = PixelData(data=ids)
    data.set_metainfo(dict(img_shape=SIZE, ori_shape=SIZE, pad_shape=SIZE) | meta)
    return data


def images(count=2):
    return torch.randn(count, 3, *SIZE, generator=torch.Generator().manual_seed(0))


def test_parameters_of_the_paper():
    """About 44 M for the 80 thing classes of COCO, without the semantic branch."""
    with torch.device("meta"):
        model = build("r50-fpn", 81, tuple(range(80)))
    count = sum(p.numel() for p in model.parameters())
    assert count - sum(p.numel() for p in model.decode_head.parameters()) == 44_396_336


def test_loss_reaches_every_parameter_with_and_without_instances():
    model = build("tiny", 5, (3, 4))
    for cars in ([True, False], [False, False]):
        model.zero_grad()
        losses = model.loss(images(), [sample(car) for car in cars])
        total = sum(v for k, v in losses.items() if "loss" in k)
        assert torch.isfinite(total)
        total.backward()
        assert [n for n, p in model.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("size", [(33, 47), (7, 5), (1, 1)])
def test_images_smaller_than_the_stride(size):
    """Stride 32: an image of one pixel is segmented, and trained on without failing."""
    torch.manual_seed(0)
    model = build("tiny", 5, (3, 4))
    label = torch.full((1, *size), 3)
    data = SegDataSample(gt_sem_seg=PixelData(data=label), metainfo=dict(img_shape=size, ori_shape=size))
    losses = model.loss(torch.rand(2, 3, *size), [data, data])
    assert torch.isfinite(sum(v for k, v in losses.items() if "loss" in k))
    model.eval()
    with torch.no_grad():
        result = model.predict(torch.rand(1, 3, *size), [data])[0]
    assert result.seg_logits.data.shape == (5, *size) and torch.isfinite(result.seg_logits.data).all()
    assert result.pred_instances.masks.shape[1:] == size


def test_an_image_without_a_labelled_pixel_has_a_finite_loss():
    model, data = build("tiny", 5, (3, 4)), sample()
    data.gt_sem_seg.data.fill_(255)
    losses = model.loss(images(), [data, data])
    assert all(torch.isfinite(v).all() for k, v in losses.items() if "loss" in k)


def test_instances_come_from_the_id_map_where_there_is_one():
    model, ids = build("tiny", 5, (3,)), torch.zeros(1, *SIZE, dtype=torch.long)
    ids[0, 16:56, 20:35], ids[0, 16:56, 35:50] = 1, 2
    assert len(model._targets(sample(ids=ids)).labels) == 2
    assert len(model._targets(sample()).labels) == 1


@torch.no_grad()
def test_predict_on_odd_sizes_is_deterministic_and_in_the_original_frame():
    torch.manual_seed(0)
    model = build("tiny", 5, (3, 4)).eval()
    inputs = torch.randn(1, 3, 57, 83)
    meta = dict(ori_shape=(40, 61), img_shape=(57, 83), pad_shape=(57, 83))
    first, second = (model.predict(inputs, [sample(**meta)])[0] for _ in range(2))
    assert first.pred_sem_seg.data.shape == (1, 40, 61)
    assert torch.equal(first.seg_logits.data, second.seg_logits.data)
    found = first.pred_instances
    assert len(found) > 0 and found.masks.shape[1:] == (40, 61)
    assert found.bboxes[:, 2].max() <= 61 and found.bboxes[:, 3].max() <= 40
    assert set(found.labels.tolist()) <= {3, 4}


@torch.no_grad()
def test_instances_are_unflipped():
    torch.manual_seed(0)
    model, inputs = build("tiny", 5, (3, 4)).eval(), images(1)
    plain = model.predict(inputs, [sample()])[0].pred_instances
    flipped = model.predict(inputs, [sample(flip=True, flip_direction="horizontal")])[0].pred_instances
    assert torch.equal(flipped.masks, plain.masks.flip(2))
    torch.testing.assert_close(flipped.bboxes[:, 0], SIZE[1] - plain.bboxes[:, 2])


def test_overfits_one_image():
    """The semantic map and the instance of one picture are learnt."""
    torch.manual_seed(0)
    model = build("tiny", 5, (3,))
    model.init_weights()
    inputs = torch.zeros(2, 3, *SIZE)
    inputs[:, :, 16:56, 20:50] = 2
    inputs = inputs + 0.1 * torch.randn(inputs.shape)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3)
    decay = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=60)
    history = []
    for _ in range(60):
        losses = model.loss(inputs, [sample(), sample()])
        optimiser.zero_grad()
        total = sum(v for k, v in losses.items() if "loss" in k)
        history.append(total.item())
        total.backward()
        optimiser.step()
        decay.step()
    model.eval()
    with torch.no_grad():
        result = model.predict(inputs[:1], [sample()])[0]
    best = result.pred_instances[result.pred_instances.scores.argmax().item()]
    truth = sample().gt_sem_seg.data[0] == 3
    assert history[-1] < 0.5 * history[0]  # of seeds and machines tried, 0.08 to 0.17
    assert (best.masks[0] & truth).sum() / (best.masks[0] | truth).sum() > 0.5  # 0.79 to 0.99
    assert (
        (result.pred_sem_seg.data[0] == 3) == truth
    ).float().mean() > 0.88  # 0.95 to 1; all background: 0.8


def test_things_of_a_data_set():
    assert build("tiny", 11, "CamVidDataset").thing_ids == (8, 9, 10)


@pytest.mark.parametrize("thing_ids", [(), (5,), (-1,), "CamVidDatset", "BaseSegDataset"])
def test_wrong_thing_ids_are_named(thing_ids):
    with pytest.raises(ValueError, match="thing_ids="):
        build("tiny", 5, thing_ids)
