import torch

from seg_plugins.ops.boxes import box_iou
from seg_plugins.roi_heads import BoxHead
from seg_plugins.roi_heads.box_head import to_rois
from tests.roi_heads.base import SHAPE, STRIDES, gradients_missing, instances, nothing, pyramid

PROPOSALS = [torch.tensor([[6.0, 10, 42, 50], [52, 18, 78, 64], [0, 0, 20, 20], [30, 30, 60, 60]])] * 2


def head():
    torch.manual_seed(0)
    box = BoxHead(8, STRIDES, num_classes=2, channels=32, samples=16)
    box.init_weights()
    return box


def test_rois_carry_their_image():
    assert to_rois([torch.ones(1, 4), torch.zeros(0, 4), torch.ones(2, 4)])[:, 0].tolist() == [0, 2, 2]


def test_loss_reaches_every_parameter_and_is_finite_without_instances():
    box = head()
    for targets in ([instances(), nothing()], [nothing(), nothing()]):
        losses, positives = box.loss(pyramid(), PROPOSALS, targets)
        assert gradients_missing(box, losses) == []
        assert len(positives[1][0]) == 0


def test_positives_name_their_instance():
    _, positives = head().loss(pyramid(), PROPOSALS, [instances(), instances()])
    boxes, instance = positives[0]
    overlap = box_iou(boxes, instances().boxes)
    assert overlap.argmax(1).tolist() == instance.tolist() and (overlap.amax(1) >= 0.5).all()


def test_learns_to_detect():
    box, features, targets = head(), pyramid(), [instances(), instances()]
    optimiser = torch.optim.Adam(box.parameters(), lr=0.005)
    for _ in range(80):
        losses, _ = box.loss(features, PROPOSALS, targets)
        optimiser.zero_grad()
        sum(losses.values()).backward()
        optimiser.step()
    boxes, scores, labels = box.predict(features, PROPOSALS, SHAPE)[0]
    assert scores[:2].min() > 0.6 and sorted(labels[:2].tolist()) == [0, 1]
    assert box_iou(instances().boxes, boxes[:2]).amax(1).min() > 0.8


def test_no_proposals():
    boxes, scores, labels = head().predict(pyramid(images=1), [torch.zeros(0, 4)], SHAPE)[0]
    assert boxes.shape == (0, 4) and scores.shape == labels.shape == (0,)
