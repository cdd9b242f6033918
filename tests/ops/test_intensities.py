import pytest
import torch

from seg_plugins.ops.intensities import as_intensities, intensity_range


@pytest.mark.parametrize("mean, std", [(123.7, 58.4), (0.0, 2.0), (255.0, 1.5), (2.0, 0.5)])
def test_statistics_of_eight_bits(mean, std):
    assert intensity_range(mean, std) == (0, 255)


@pytest.mark.parametrize("mean, std", [(2000.0, 100.0), (-500.0, 400.0), (0.45, 0.2), (200.0, 300.0)])
def test_other_statistics_are_spread(mean, std):
    assert intensity_range(mean, std) == pytest.approx((mean - 3 * std, mean + 3 * std))


def test_each_channel_by_its_own():
    image = torch.tensor([[[10.0, 300.0]], [[1700.0, 2000.0]], [[0.0, 9999.0]]])
    found = as_intensities(image, [120.0, 2000.0, 2000.0], [60.0, 100.0, 100.0])
    assert found.flatten().tolist() == [10.0, 255.0, 0.0, 127.5, 0.0, 255.0]
    assert as_intensities(image, (), ()).flatten().tolist()[:2] == [10.0, 255.0]
