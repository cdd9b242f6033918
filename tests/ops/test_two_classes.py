import torch

from seg_plugins.ops.two_classes import two_class_logits, two_class_scores


def test_a_binary_logit_has_the_sigmoid_as_its_softmax():
    x = torch.randn(2, 1, 3, 3)
    torch.testing.assert_close(two_class_logits(x).softmax(1)[:, 1:], x.sigmoid())


def test_a_stored_probability_is_that_of_the_second_class():
    probability = torch.tensor([[[0.0, 0.25, 1.0]]])
    scores = two_class_scores(probability)
    assert torch.isfinite(scores).all()
    torch.testing.assert_close(scores.softmax(0)[1:], probability, atol=1e-5, rtol=0)


def test_more_channels_are_left_alone():
    x = torch.randn(2, 3, 4, 4)
    assert two_class_logits(x) is x and two_class_scores(x[0]).equal(x[0])
