import pytest
import torch
from mmengine.structures import PixelData
from mmseg.models.segmentors.base import BaseSegmentor
from mmseg.structures import SegDataSample

from seg_plugins.ops.image_frame import in_image_frame, padding_of, strip_in_image_frame
from seg_plugins.ops.tiled_labels import strip_of

SIDES = (3, 1, 0, 2)


class Upstream(BaseSegmentor):
    align_corners = False
    encode_decode = extract_feat = loss = predict = _forward = None


@pytest.mark.parametrize("key", ["padding_size", "img_padding_size"])
@pytest.mark.parametrize("flip", [None, "horizontal", "vertical"])
def test_the_frame_is_that_of_upstream(key, flip):
    scores = torch.randn(2, 7, 9)
    meta = {key: list(SIDES), "ori_shape": (5, 5), "flip": bool(flip), "flip_direction": flip}
    sample = SegDataSample(metainfo=meta, gt_sem_seg=PixelData(data=torch.zeros(1, 5, 5)))
    (expected,) = Upstream().postprocess_result(scores[None].clone(), [sample])
    expected = expected.seg_logits.data
    assert torch.equal(in_image_frame(scores, meta), expected)
    assert torch.equal(strip_in_image_frame(strip_of(scores), meta).rows(1, 3), expected[:, 1:3])


def test_padding_that_nobody_added_is_none():
    assert padding_of({}) == (0, 0, 0, 0) and padding_of({"padding_size": SIDES}) == SIDES
    assert padding_of({"padding_size": (9, 9, 9, 9), "img_padding_size": SIDES}) == SIDES


def test_masks_of_any_type_are_turned():
    masks = torch.tensor([[[True, False, False]]])
    turned = in_image_frame(masks, dict(flip=True, flip_direction="horizontal"))
    assert turned.tolist() == [[[False, False, True]]]
