import torch
from torch.nn.functional import interpolate

from seg_plugins.ops.mask_queries import MaskPrediction, class_masks, full_size_masks, semantic_logits


def test_every_class_is_one_segment_and_the_ignored_id_is_none():
    label = torch.tensor([[2, 2, 255], [0, 7, 0]])
    labels, masks, valid = class_masks(label, 3)
    assert labels.tolist() == [0, 2]
    assert masks.int().tolist() == [[[0, 0, 0], [1, 0, 1]], [[1, 1, 0], [0, 0, 0]]]
    assert valid.int().tolist() == [[1, 1, 0], [1, 1, 1]]
    nothing = class_masks(torch.full((2, 3), 255), 3)
    assert nothing.labels.shape == (0,) and nothing.masks.shape == (0, 2, 3) and not nothing.valid.any()


def test_masks_of_a_padded_input_lose_the_padding():
    masks = torch.rand(1, 2, 4, 6)
    whole = full_size_masks(MaskPrediction(torch.zeros(1, 2, 3), masks, (16, 24)), (13, 22))
    expected = interpolate(masks, (16, 24), mode="bilinear", align_corners=False)[..., :13, :22]
    torch.testing.assert_close(whole, expected)
    assert full_size_masks(MaskPrediction(torch.zeros(1, 2, 3), masks), (13, 22)).shape == (1, 2, 13, 22)


def test_scores_by_hand():
    """Two queries: classes (0.5, 0.25 | 0.25) and (0, 1 | 0), masks 0.5 and 1 at one pixel."""
    classes = torch.tensor([[[0.5, 0.25, 0.25], [0.0, 1.0, 0.0]]]).log()
    masks = torch.tensor([[[[0.0]], [[40.0]]]])
    scores = semantic_logits(classes, masks)
    torch.testing.assert_close(scores.exp().flatten(), torch.tensor([0.25, 1.125]))
    assert torch.isfinite(semantic_logits(classes, torch.full_like(masks, -200.0))).all()
