import pytest
import torch
from mmseg.models.data_preprocessor import SegDataPreProcessor

from seg_plugins.segmentors.checked_pre_processor import CheckedPreProcessor
from tests.segmentors.base import samples

MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


@pytest.mark.parametrize("training", [False, True])
def test_three_channels_equal_upstream(training):
    images = [torch.randint(0, 256, (3, 20, 30), dtype=torch.uint8) for _ in range(2)]
    options = dict(mean=MEAN, std=STD, bgr_to_rgb=True, size=(32, 40))
    ours, theirs = (
        kind(**options)(dict(inputs=images, data_samples=samples(2, 20, 30, 4)), training)
        for kind in (CheckedPreProcessor, SegDataPreProcessor)
    )
    assert torch.equal(ours["inputs"], theirs["inputs"])
    for a, b in zip(ours["data_samples"], theirs["data_samples"], strict=True):
        assert torch.equal(a.gt_sem_seg.data, b.gt_sem_seg.data)


def test_grey_is_repeated_and_four_channels_have_their_own_means():
    grey = torch.randint(0, 256, (1, 8, 8), dtype=torch.uint8)
    made = CheckedPreProcessor(mean=MEAN, std=STD)(dict(inputs=[grey]))["inputs"]
    assert made.shape == (1, 3, 8, 8)
    four = torch.full((4, 8, 8), 10, dtype=torch.uint8)
    made = CheckedPreProcessor(mean=[0, 1, 2, 3], std=[1, 1, 1, 2])(dict(inputs=[four]))["inputs"]
    assert made[0, :, 0, 0].tolist() == [10, 9, 8, 3.5]


def test_a_wrong_image_is_named():
    data = samples(1, 8, 8, 4)
    data[0].set_metainfo(dict(img_path="data/x/multi.tif"))
    with pytest.raises(ValueError, match=r"multi\.tif has 4 channels.*mean has 3.*in_channels=4"):
        CheckedPreProcessor(mean=MEAN, std=STD)(dict(inputs=[torch.zeros(4, 8, 8)], data_samples=data))
    with pytest.raises(ValueError, match="3 means but 1"):
        CheckedPreProcessor(mean=MEAN, std=[1.0])
