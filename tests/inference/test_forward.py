import pytest
import torch
from mmseg.models import EncoderDecoder

from seg_plugins.inference.forward import MIN_SIZE, Forward, dropout_on, is_convolutional
from tests.segmentors.small_model import small_model


class Pointwise(torch.nn.Module):
    """A segmentor whose logits are a linear map of each pixel, with dropout before it."""

    out_channels, align_corners = 3, False

    def __init__(self, p=0.5):
        super().__init__()
        torch.manual_seed(0)
        self.dropout = torch.nn.Dropout2d(p)
        self.conv = torch.nn.Conv2d(3, 3, 1)
        self.eval()

    def encode_decode(self, inputs, metas):
        assert metas[0]["img_shape"] == inputs.shape[2:]
        return self.conv(self.dropout(inputs))


IMAGE = torch.randn(2, 3, 40, 36)


def test_a_single_view_gives_the_logits():
    model = Pointwise()
    assert torch.equal(Forward(model)(IMAGE), model.conv(IMAGE))


@pytest.mark.parametrize("least", [1, MIN_SIZE])
def test_small_inputs_are_padded_only_where_the_network_cannot_take_them(least):
    model, image = Pointwise(), torch.randn(1, 3, 1, 1)

    def encode_decode(inputs, metas, own=model.encode_decode):
        if min(inputs.shape[2:]) < least:
            raise RuntimeError("Output size is too small")
        return own(inputs, metas)

    model.encode_decode = encode_decode
    assert torch.allclose(Forward(model)(image), model.conv(image))


def test_what_fails_for_another_reason_than_the_size_is_said():
    with pytest.raises(RuntimeError, match="channels"):
        Forward(Pointwise())(torch.zeros(1, 4, 64, 64))


def test_dropout_samples_differ_and_only_dropout_trains():
    model = Pointwise()
    model.add_module("norm", torch.nn.BatchNorm2d(3).eval())
    assert Forward(model, dropout_samples=4)(IMAGE)[:, 3].max() > 1e-4
    assert model.dropout.training and not model.norm.training
    with pytest.raises(ValueError, match="no dropout layer"):
        Forward(Pointwise(p=0.0), dropout_samples=2)
    dropout_on(model)


def test_nan_logits_are_an_error():
    model = Pointwise()
    model.conv.weight.data[0, 0] = torch.nan
    with pytest.raises(ValueError, match=r"scores are not finite.*weights are damaged"):
        Forward(model)(IMAGE)


def test_bfloat16_is_near():
    model = Pointwise()
    half = Forward(model, dtype="bfloat16")(IMAGE)
    assert half.dtype == torch.float32 and not torch.equal(half, model.conv(IMAGE))
    assert torch.allclose(half, model.conv(IMAGE), atol=0.05)


def test_convolutional_models_run_channels_last_on_a_cpu_unless_in_float32():
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.Linear(8, 2))
    assert is_convolutional(model) and not is_convolutional(
        torch.nn.Sequential(model[0], torch.nn.Linear(99, 9))
    )
    seen = []
    segmentor = small_model(EncoderDecoder)
    wanted = segmentor.encode_decode(IMAGE, [{"img_shape": IMAGE.shape[2:]}] * 2)
    segmentor.backbone.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    assert torch.equal(Forward(segmentor)(IMAGE), wanted) and seen.pop().is_contiguous()
    found = Forward(segmentor, dtype="bfloat16")(IMAGE)
    assert seen[0].is_contiguous(memory_format=torch.channels_last) and not seen[0].is_contiguous()
    assert torch.allclose(found, wanted, atol=0.1)
