"""Tests of pasted classes."""

import torch

from seg_plugins.regimes import ClassMix


def test_half_of_the_classes_of_each_image_are_chosen_whole():
    torch.manual_seed(0)
    labels = torch.randint(0, 6, (50, 12, 12))
    labels[:, :2] = 255
    masks = ClassMix(num_classes=9).mask(labels)
    for mask, label in zip(masks, labels, strict=True):
        chosen = set(label[mask].tolist())
        assert len(chosen) == 3 and 255 not in chosen
        assert torch.equal(mask, torch.isin(label, torch.tensor(sorted(chosen))))
    assert (
        len({tuple(sorted(set(label[mask].tolist()))) for mask, label in zip(masks, labels, strict=True)}) > 5
    )


def test_odd_counts_round_up_and_empty_images_give_nothing():
    torch.manual_seed(0)
    labels = torch.tensor([[[0, 1, 2]], [[4, 4, 255]], [[255, 255, 255]]])
    masks = ClassMix(num_classes=5).mask(labels)
    assert masks.sum((1, 2)).tolist() == [2, 2, 0]
