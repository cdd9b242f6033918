import torch

from seg_plugins.ops.boxes import box_iou, clip_boxes, decode_boxes, grouped_nms
from seg_plugins.roi_heads import RPNHead
from seg_plugins.roi_heads.rpn_head import level_anchors
from tests.roi_heads.base import SHAPE, STRIDES, gradients_missing, instances, nothing, pyramid


def head():
    torch.manual_seed(0)
    rpn = RPNHead(8, STRIDES, channels=8, anchor_scale=4.0, candidates=100, proposals=50, samples=32)
    rpn.init_weights()
    return rpn


def test_anchors():
    anchors = level_anchors((2, 3), 8, 4.0, (1.0, 4.0), torch.zeros(1))
    assert anchors.shape == (12, 4)
    assert anchors[0].tolist() == [-12, -12, 20, 20]  # 32 pixels around the centre (4, 4)
    assert anchors[1].tolist() == [-4, -28, 12, 36]  # four times as high as wide, the same area
    assert anchors[2].tolist() == [-4, -12, 28, 20]  # the next cell to the right


def test_outputs_stand_in_the_order_of_the_anchors():
    rpn = head()
    with torch.no_grad():
        rpn.regression.bias.copy_(torch.arange(12.0))
        rpn.regression.weight.zero_()
    _, deltas, _ = rpn(pyramid())
    assert deltas[0][0, 0].tolist() == [0, 1, 2, 3] and deltas[0][0, 4].tolist() == [4, 5, 6, 7]


def test_loss_reaches_every_parameter_and_is_finite_without_instances():
    rpn = head()
    for targets in ([instances(), nothing()], [nothing(), nothing()]):
        losses, proposals = rpn.loss(pyramid(), targets, SHAPE)
        assert gradients_missing(rpn, losses) == []
        assert len(proposals) == 2 and all(p.shape[1] == 4 for p in proposals)


def test_proposals_lie_inside_and_do_not_repeat():
    for boxes in head().predict(pyramid(), SHAPE):
        assert 0 < len(boxes) <= 50
        assert boxes.min() >= 0 and boxes[:, 2].max() <= SHAPE[1] and boxes[:, 3].max() <= SHAPE[0]
        assert not boxes.requires_grad


def one_by_one(rpn, features, image):
    """Image by image and level by level, with suppression in groups."""
    boxes, values, levels = [], [], []
    for level, (score, delta, anchor) in enumerate(zip(*rpn(features), strict=True)):
        value, index = score[image].topk(min(rpn.candidates, score.shape[1]))
        boxes.append(clip_boxes(decode_boxes(anchor[index], delta[image, index], rpn.STDS), SHAPE))
        values.append(value)
        levels.append(torch.full_like(index, level))
    box, value, level = torch.cat(boxes), torch.cat(values), torch.cat(levels)
    whole = (box[:, 2:] - box[:, :2]).amin(1) >= 1
    keep = grouped_nms(box[whole], value[whole], level[whole], rpn.nms_threshold)
    return box[whole][keep[: rpn.num_proposals]]


@torch.no_grad()
def test_proposals_of_a_batch_are_those_of_its_images():
    rpn, features = head(), pyramid(images=3)
    rpn.regression.weight.mul_(60)  # boxes of all sizes, some without an area
    for image, boxes in enumerate(rpn.predict(features, SHAPE)):
        torch.testing.assert_close(boxes, one_by_one(rpn, features, image))


def test_learns_to_propose_the_instances():
    rpn, features = head(), pyramid()
    optimiser = torch.optim.Adam(rpn.parameters(), lr=0.02)
    for _ in range(60):
        losses, _ = rpn.loss(features, [instances(), instances()], SHAPE)
        optimiser.zero_grad()
        sum(losses.values()).backward()
        optimiser.step()
    best = box_iou(instances().boxes, rpn.predict(features, SHAPE)[0][:10]).amax(1)
    assert (best > 0.7).all()
