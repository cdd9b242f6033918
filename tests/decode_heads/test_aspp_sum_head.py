import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch.nn import functional as F

from seg_plugins.decode_heads.aspp_sum_head import ASPPSumHead, shrink_label


def test_scores_are_summed():
    head = ASPPSumHead(in_channels=5, num_classes=3)
    x = torch.rand(1, 5, 30, 40)
    expected = sum(
        F.conv2d(x, c.weight, c.bias, padding=d, dilation=d)
        for c, d in zip(head.classifiers, (6, 12, 18, 24), strict=True)
    )
    torch.testing.assert_close(head([x]), expected)


def test_one_map_for_each_classifier():
    head = ASPPSumHead(in_channels=5, num_classes=3, dilations=(1, 1), kernel_size=1, in_index=(0, 1))
    a, b = torch.rand(2, 1, 5, 4, 4)
    torch.testing.assert_close(head([a, b]), head.classifiers[0](a) + head.classifiers[1](b))
    with pytest.raises(ValueError, match="names 2 maps for 4 dilations"):
        ASPPSumHead(in_channels=5, num_classes=3, in_index=(0, 1))


def test_label_is_taken_every_eight_pixels():
    label = torch.arange(17 * 33).view(1, 17, 33)
    assert torch.equal(shrink_label(label, (3, 5), 8), label[:, ::8, ::8])
    assert shrink_label(label, (4, 5), 8)[0, 3].tolist() == label[0, 16, ::8].tolist()


def test_loss_is_cross_entropy_on_the_small_label():
    head = ASPPSumHead(in_channels=5, num_classes=3)
    logits = torch.randn(1, 3, 3, 5)
    label = torch.randint(0, 3, (1, 17, 33))
    sample = SegDataSample(gt_sem_seg=PixelData(data=label))
    loss = head.loss_by_feat(logits, [sample])["loss_ce"]
    torch.testing.assert_close(loss, F.cross_entropy(logits, label[:, ::8, ::8]))
