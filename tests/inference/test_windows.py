import pytest
import torch
from mmseg.models import EncoderDecoder

from seg_plugins.inference import windows as module
from seg_plugins.inference.windows import Windows, blend_windows, gaussian_weight, window_starts


class Slide:
    """What upstream's `slide_inference` needs of a segmentor, around a network of one convolution."""

    def __init__(self, net, size, stride):
        self.net, self.out_channels = net, 3
        self.test_cfg = type("C", (), {"crop_size": size, "stride": stride})

    def encode_decode(self, inputs, _):
        return self.net(inputs)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return torch.nn.Conv2d(2, 3, 5, padding=2).requires_grad_(False)


def run(net, image, windows, columns_first=False):
    def read(y, x, h, w):
        return image[:, y : y + h, x : x + w]

    result = torch.full((3, *image.shape[1:]), torch.nan)
    for band in blend_windows(read, net, image.shape[1:], 3, windows, columns_first=columns_first):
        part = result[
            :, band.top : band.top + band.scores.shape[1], band.left : band.left + band.scores.shape[2]
        ]
        assert part.isnan().all()  # each pixel comes once
        part.copy_(band.scores)
    return result


SIZES = [(37, 53), (16, 16), (9, 40), (61, 16)]


@pytest.mark.parametrize("size", SIZES)
def test_plain_mean_equals_upstream_to_the_bit(net, size):
    image = torch.randn(2, *size)
    theirs = EncoderDecoder.slide_inference(Slide(net, (16, 16), (11, 7)), image[None], [{}])
    assert torch.equal(run(net, image, Windows((16, 16), (11, 7), gaussian=False)), theirs[0])


@pytest.mark.parametrize("batch", [2, 5])
def test_batches_of_windows_change_nothing(net, batch):
    image = torch.randn(2, 40, 50)
    one = run(net, image, Windows((16, 16), (11, 7)))
    assert torch.allclose(run(net, image, Windows((16, 16), (11, 7), batch=batch)), one, atol=1e-6)


@pytest.mark.parametrize("gaussian", [False, True])
def test_strips_of_wide_images_change_nothing(net, monkeypatch, gaussian):
    image = torch.randn(2, 40, 300)
    windows = Windows((16, 16), (11, 7), gaussian)
    whole = run(net, image, windows)
    monkeypatch.setattr(module, "BUFFER_VALUES", 1)
    assert list(module.strips(300, 3, (16, 16))) == [(0, 64), (64, 128), (128, 192), (192, 256), (256, 300)]
    assert torch.equal(run(net, image, windows), whole)


@pytest.mark.parametrize("size", SIZES)
def test_columns_first_gives_the_same(net, size):
    image, windows = torch.randn(2, *size), Windows((16, 12), (11, 7))
    assert torch.allclose(run(net, image, windows, columns_first=True), run(net, image, windows), atol=1e-5)


def test_columns_first_holds_one_windows_width():
    held = []
    image = torch.zeros(2, 20, 500)
    for band in blend_windows(
        lambda y, x, h, w: image[:, y : y + h, x : x + w],
        lambda pixels: pixels, (20, 500), 2, Windows((16, 12), (11, 7)), columns_first=True,
    ):  # fmt: skip
        held.append(band.scores.untyped_storage().nbytes())
    assert set(held) == {4 * 2 * 20 * 12}


def test_gaussian_blend_is_the_weighted_mean(net):
    """Against sums over the whole image, window by window."""
    image, weight = torch.randn(2, 30, 30), gaussian_weight(16, 16)
    sums, weights = torch.zeros(3, 30, 30, dtype=torch.float64), torch.zeros(30, 30, dtype=torch.float64)
    for y in window_starts(30, 16, 8):
        for x in window_starts(30, 16, 8):
            sums[:, y : y + 16, x : x + 16] += net(image[None, :, y : y + 16, x : x + 16])[0] * weight
            weights[y : y + 16, x : x + 16] += weight
    assert torch.allclose(run(net, image, Windows((16, 16), (8, 8))).double(), sums / weights, atol=1e-5)


def test_gaussian_is_highest_in_the_centre_and_never_zero():
    weight = gaussian_weight(8, 12)
    assert weight.max() == 1 == weight[3, 5] and weight.min() >= 1e-3
    assert torch.equal(weight, weight.flip(0)) and torch.equal(weight, weight.flip(1))


@pytest.mark.parametrize(
    "values, message",
    [
        (((16, 16), (17, 8)), "skipped"),
        (((0, 16), (8, 8)), "at least 1"),
        (((16, 16), (0, 8)), "at least 1"),
    ],
)
def test_impossible_windows_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Windows(*values)
