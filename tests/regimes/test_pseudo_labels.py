"""Tests of pseudo labels and of losses of two groups in one pass."""

import pytest
import torch
from mmseg.structures import SegDataSample

from seg_plugins.regimes.pseudo_labels import (
    is_image,
    joint_loss,
    labels_and_confidence,
    pseudo_samples,
    ramp_up,
    weighted,
)
from tests.segmentors.small_model import batch, small_model


def test_labels_are_the_most_probable_classes():
    logits = torch.tensor([[[[2.0, 0.0]], [[0.0, 3.0]]]])
    labels, confidence = labels_and_confidence(logits)
    assert labels.tolist() == [[[0, 1]]]
    torch.testing.assert_close(confidence, torch.tensor([[[2.0, 3.0]]]).sigmoid())


@pytest.mark.parametrize("threshold, expected", [(None, [0, 1]), (0.9, [0, 0])])
def test_one_channel_is_a_foreground_of_two_classes(threshold, expected):
    labels, confidence = labels_and_confidence(torch.tensor([[[[-2.0, 2.0]]]]), threshold)
    assert labels.flatten().tolist() == expected
    foreground = torch.tensor([-2.0, 2.0]).sigmoid()
    want = torch.where(torch.tensor(expected).bool(), foreground, 1 - foreground)
    torch.testing.assert_close(confidence.flatten(), want)


def test_padding_is_no_image():
    samples = [SegDataSample(metainfo=dict(padding_size=[1, 2, 0, 3])), SegDataSample()]
    inside = is_image(samples, (6, 8), torch.device("cpu"))
    assert inside.sum((1, 2)).tolist() == [3 * 5, 48]
    assert inside[0, :3, 1:6].all()


def test_the_ramp_rises_to_one():
    values = [ramp_up(step, 10) for step in range(12)]
    assert values == sorted(values) and values[0] < 0.01 and values[10] == values[11] == 1.0
    assert ramp_up(0, 0) == 1.0


def test_names_and_factors():
    value = torch.tensor(2.0)
    losses = {"decode.loss_ce": value, "aux_0.loss": [value, value], "decode.acc_seg": value}
    found = weighted(losses, 0.5)
    assert found == {
        "decode.unsup_loss_ce": 1.0, "aux_0.unsup_loss": [1.0, 1.0], "decode.unsup_acc_seg": 2.0
    }  # fmt: skip


def test_one_pass_gives_the_losses_of_both_groups():
    """In evaluation mode, where images do not influence each other, they equal those of two passes."""
    from mmseg.models.segmentors import EncoderDecoder

    model = small_model(EncoderDecoder)
    data = model.data_preprocessor(batch())
    labels = torch.randint(0, 3, (2, 16, 24))
    samples = pseudo_samples(data["data_samples"], labels)
    images = data["inputs"].split(1)
    losses = joint_loss(model, images, (samples[:1], samples[1:]), 0.25)
    first, second = (model.loss(image, [sample]) for image, sample in zip(images, samples, strict=True))
    torch.testing.assert_close(losses["decode.loss_ce"], first["decode.loss_ce"])
    torch.testing.assert_close(losses["decode.unsup_loss_ce"], 0.25 * second["decode.loss_ce"])
    assert "loss_by_feat" not in vars(model.decode_head)
