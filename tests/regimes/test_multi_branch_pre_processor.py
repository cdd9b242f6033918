"""Tests of normalisation by branch."""

import torch
from mmseg.structures import SegDataSample

from seg_plugins.regimes import MultiBranchPreProcessor

NORM = dict(type="SegDataPreProcessor", mean=[10.0] * 3, std=[2.0] * 3, size=(8, 8), pad_val=0)


def test_each_branch_is_normalised_padded_and_stacked():
    image, sample = torch.full((3, 8, 6), 14, dtype=torch.uint8), SegDataSample()
    data = dict(
        inputs=dict(sup=[image, None], weak=[None, image], strong=[None, None]),
        data_samples=dict(sup=[sample, None], weak=[None, sample], strong=[None, None]),
    )
    out = MultiBranchPreProcessor(NORM)(data, True)
    assert set(out["inputs"]) == set(out["data_samples"]) == {"sup", "weak"}
    for branch in out["inputs"].values():
        assert branch.shape == (1, 3, 8, 8)
        assert (branch[..., :6] == 2).all() and (branch[..., 6:] == 0).all()


def test_a_batch_without_branches_is_left_to_the_inner_one():
    data = dict(inputs=[torch.full((3, 8, 8), 14, dtype=torch.uint8)], data_samples=[SegDataSample()])
    out = MultiBranchPreProcessor(NORM)(data, False)
    assert (out["inputs"] == 2).all() and len(out["data_samples"]) == 1
