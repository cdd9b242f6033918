import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.registry import METRICS, MODELS
from mmseg.structures import SegDataSample

import seg_plugins.register  # noqa: F401  (registers)
from seg_plugins.ops.mask_queries import MaskPrediction
from tests.segmentors.base import model_config

TINY = ("eomt_tiny", "mask2former_tiny")
SIZE = (40, 56)


def build(name, **options):
    torch.manual_seed(0)
    cfg = model_config(name, 3)
    return MODELS.build({**cfg, "type": "PanopticEncoderDecoder", "thing_ids": [1, 2], **options})


def sample(**meta):
    """Road, two cars beside each other, and a person."""
    labels, ids = torch.zeros(1, *SIZE, dtype=torch.long), torch.zeros(1, *SIZE, dtype=torch.long)
    for number, (class_id, x) in enumerate(((1, 4), (1, 16), (2, 40)), 1):
        labels[0, 8:28, x : x + 12], ids[0, 8:28, x : x + 12] = class_id, number
    data = SegDataSample(gt_sem_seg=PixelData(data=labels), gt_instance_map=PixelData(data=ids))
    data.set_metainfo(dict(img_shape=SIZE, ori_shape=SIZE, pad_shape=SIZE) | meta)
    return data


def answer(model, truth, sure=9.0):
    """Let the head predict the truth: one query for each segment, the others no object."""
    segments = model.decode_head.targets_of(truth, None)
    classes = torch.full((1, 16, 4), -9.0)
    classes[0, :, 3] = 9.0
    masks = torch.full((1, 16, *SIZE), -9.0)
    for query, (class_id, mask) in enumerate(zip(segments.labels, segments.masks, strict=True)):
        classes[0, query, class_id], classes[0, query, 3] = sure, -8.0
        masks[0, query, : mask.shape[0], : mask.shape[1]][mask] = 9.0
    model.decode_head.forward = lambda _: [MaskPrediction(classes, masks)]


@pytest.mark.parametrize("name", TINY)
def test_targets_are_instances_of_things_and_stuff_as_a_whole(name):
    labels, masks, valid = build(name).decode_head.targets_of(sample(), (48, 64))
    assert labels.tolist() == [1, 1, 2, 0] and masks.shape == (4, 48, 64)
    assert masks[:3].sum((1, 2)).tolist() == [240, 240, 240] and valid.sum() == SIZE[0] * SIZE[1]
    whole = build(name, thing_ids=[2]).decode_head.targets_of(sample(), (48, 64))
    assert whole.labels.tolist() == [2, 0, 1]


@pytest.mark.parametrize("name", TINY)
def test_a_label_that_is_padded_more_than_the_instances_is_taken(name):
    one = sample()
    label = torch.nn.functional.pad(one.gt_sem_seg.data, (0, 8, 0, 8), value=255)
    one.gt_sem_seg = PixelData(data=label)
    assert build(name).decode_head.targets_of(one, None).labels.tolist() == [1, 1, 2, 0]


@pytest.mark.parametrize("name", TINY)
def test_it_trains_and_predicts_at_the_size_of_the_image(name):
    model = build(name).train()
    losses = model.loss(torch.rand(2, 3, *SIZE), [sample(), sample()])
    assert torch.isfinite(sum(v for k, v in losses.items() if "loss" in k))
    model.eval()
    with torch.no_grad():
        (found,) = model.predict(torch.rand(1, 3, *SIZE), [sample(ori_shape=(31, 47))])
        (plain,) = model.predict(torch.rand(1, 3, *SIZE))
    assert found.pred_sem_seg.data.shape == (1, 31, 47) and found.pred_panoptic_seg.data.shape == (2, 31, 47)
    assert found.pred_instances.masks.shape[1:] == (31, 47) and plain.pred_panoptic_seg.data.shape == (
        2,
        *SIZE,
    )


def test_what_the_queries_say_is_what_comes_out():
    model, truth = build("mask2former_tiny").eval(), sample()
    answer(model, truth)
    (found,) = model.predict(torch.rand(1, 3, *SIZE), [truth])
    instances = found.pred_instances
    assert instances.bboxes.tolist() == [[4, 8, 16, 28], [16, 8, 28, 28], [40, 8, 52, 28]]
    assert instances.labels.tolist() == [1, 1, 2] and instances.scores.min() > 0.99
    classes, numbers = found.pred_panoptic_seg.data
    assert torch.equal(classes, truth.gt_sem_seg.data[0]) and numbers.unique().tolist() == [1, 2, 3, 4]
    for type_, key in (("PanopticQuality", "PQ"), ("MaskAPMetric", "mask_AP")):
        if type_ == "MaskAPMetric":
            pytest.importorskip("pycocotools")
        metric = METRICS.build(dict(type=type_))
        metric.dataset_meta = dict(classes=("road", "car", "person"), thing_classes=("car", "person"))
        metric.process(None, [found.to_dict()])
        assert metric.evaluate(1)[key] == pytest.approx(100)


def test_mirrored_and_padded_images_are_mapped_back():
    model, truth = build("mask2former_tiny").eval(), sample()
    answer(model, truth)
    meta = dict(flip=True, flip_direction="horizontal", img_padding_size=(0, 6, 0, 10))
    shape = (SIZE[0] - 10, SIZE[1] - 6)
    (found,) = model.predict(torch.rand(1, 3, *SIZE), [sample(ori_shape=shape, **meta)])
    expected = truth.gt_sem_seg.data[0, :30, :50].flip(1)
    assert torch.equal(found.pred_panoptic_seg.data[0], expected)
    assert torch.equal(found.pred_sem_seg.data[0], expected)


def test_weak_queries_are_no_segments():
    model, truth = build("mask2former_tiny", segment_threshold=0.99).eval(), sample()
    answer(model, truth, sure=-6.0)
    classes, numbers = model.predict(torch.rand(1, 3, *SIZE), [truth])[0].pred_panoptic_seg.data
    assert numbers.max() == 0 and classes.unique().tolist() == [255]


@pytest.mark.parametrize("shape", [SIZE, (31, 47)])
def test_no_query_that_finds_something_is_no_segment(shape):
    model = build("mask2former_tiny").eval()
    answer(model, sample(), sure=-19.0)  # "no object" is surer
    (found,) = model.predict(torch.rand(1, 3, *SIZE), [sample(ori_shape=shape)])
    assert found.pred_panoptic_seg.data.shape == (2, *shape) and not found.pred_panoptic_seg.data[1].any()
    assert found.pred_instances.masks.shape == (0, *shape) and found.pred_instances.bboxes.shape == (0, 4)


def test_windows_give_a_semantic_map_only():
    slide = ConfigDict(mode="slide", crop_size=(32, 32), stride=(24, 24))
    model = build("mask2former_tiny", test_cfg=slide).eval()
    with torch.no_grad():
        (found,) = model.predict(torch.rand(1, 3, *SIZE), [sample()])
    assert "pred_sem_seg" in found and "pred_panoptic_seg" not in found and "pred_instances" not in found


def test_a_head_without_queries_is_refused():
    with pytest.raises(ValueError, match=r"FCNSkipHead has no mask queries: use EoMTHead"):
        build("fcn_tiny")
