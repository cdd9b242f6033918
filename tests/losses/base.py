"""Base tests of the losses; a test file subclasses `LossTester` and adds known answers."""

import pytest
import torch
from mmseg.registry import MODELS

import seg_plugins.register  # noqa: F401  (registers)

IGNORE = 255


def batch(num_classes=3, shape=(2, 6, 7), seed=0, dtype=torch.float64, ignored=0.2):
    """Logits (N, K, H, W) and labels (N, H, W); class K-1 is absent, a share of pixels is ignored."""
    generator = torch.Generator().manual_seed(seed)
    n, h, w = shape
    score = 2 * torch.randn(n, num_classes, h, w, generator=generator, dtype=dtype)
    label = torch.randint(0, max(num_classes - 1, 2), shape, generator=generator)
    label[torch.rand(shape, generator=generator) < ignored] = IGNORE
    return score, label


class LossTester:
    """Set `cfg`; override `reference(score, label)`, numpy float64 -> float, to compare with."""

    cfg: dict = {}
    shape = (2, 6, 7)
    num_classes = 3
    binary = True
    check_gradient = True

    def loss(self, **kwargs):
        return MODELS.build({**self.cfg, **kwargs})

    def batch(self, **kwargs):
        return batch(**{"num_classes": self.num_classes, "shape": self.shape, **kwargs})

    def reference(self, score, label):
        raise NotImplementedError

    @pytest.mark.parametrize("ignored", [0.0, 0.3])
    @pytest.mark.parametrize("seed", [0, 1])
    def test_equals_the_float64_reference(self, seed, ignored):
        score, label = self.batch(seed=seed, ignored=ignored)
        actual = self.loss()(score, label).item()
        assert actual == pytest.approx(self.reference(score.numpy(), label.numpy()), rel=1e-8, abs=1e-10)

    def test_gradcheck(self):
        if not self.check_gradient:
            return
        score, label = self.batch()
        loss = self.loss()
        assert torch.autograd.gradcheck(lambda s: loss(s, label), score.requires_grad_())

    def test_ignored_pixels_never_matter(self):
        score, label = self.batch()
        ignored = (label == IGNORE).unsqueeze(1).expand_as(score)
        assert ignored.any()
        values, gradients = [], []
        for fill in (None, 0.0, -50.0, 1e4):
            other = score.clone()
            if fill is not None:
                other[ignored] = fill
                other[:, 0][ignored[:, 0]] = -fill
            other.requires_grad_()
            value = self.loss()(other, label)
            value.backward()
            assert (other.grad[ignored] == 0).all()
            values.append(value.detach())
            gradients.append(other.grad)
        for value, gradient in zip(values[1:], gradients[1:], strict=True):
            torch.testing.assert_close(value, values[0])
            torch.testing.assert_close(gradient, gradients[0])

    def test_an_all_ignored_batch_gives_zero_with_gradient(self):
        score, label = self.batch()
        score.requires_grad_()
        value = self.loss()(score, torch.full_like(label, IGNORE))
        value.backward()
        assert value.item() == 0.0 and (score.grad == 0).all()

    def test_no_class_or_one_class_present_is_finite(self):
        for only in range(self.num_classes):
            score, label = self.batch()
            score.requires_grad_()
            value = self.loss()(score, torch.full_like(label, only))
            value.backward()
            assert value.isfinite() and score.grad.isfinite().all()

    def test_saturated_logits_are_finite(self):
        score, label = self.batch(dtype=torch.float32)
        for scale in (1e3, 1e5):
            other = (score * scale).requires_grad_()
            value = self.loss()(other, label)
            value.backward()
            assert value.isfinite() and other.grad.isfinite().all()

    @pytest.mark.parametrize("pixels", ["one", "all"])
    def test_logits_that_are_not_finite_show_in_the_loss(self, pixels):
        """What the guard of a run waits for; an error would end the run without its report."""
        score, label = self.batch(ignored=0.0)
        score[(0, 1, 2, 3) if pixels == "one" else ...] = float("nan")
        assert not self.loss()(score, label).isfinite()

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_low_precision_logits_are_computed_in_float32(self, dtype):
        score, label = self.batch(dtype=torch.float32)
        low = score.to(dtype)
        with torch.autocast("cpu", torch.bfloat16):
            value = self.loss()(low.requires_grad_(), label)
        value.backward()
        assert value.dtype is torch.float32 and low.grad.dtype is dtype
        torch.testing.assert_close(value, self.loss()(low.detach().float(), label))

    def test_upstreams_contract(self):
        score, label = self.batch()
        loss = self.loss(loss_weight=0.5, loss_name="loss_other")
        assert loss.loss_name == "loss_other" and self.loss().loss_name.startswith("loss_")
        full = self.loss()(score, label, ignore_index=IGNORE)
        torch.testing.assert_close(loss(score, label), 0.5 * full)
        total = self.loss()(score, label, reduction_override="sum")
        elements = self.loss()(score, label, reduction_override="none")
        torch.testing.assert_close(elements.sum(), total)
        torch.testing.assert_close(self.loss()(score, label, avg_factor=7.0), total / 7)
        torch.testing.assert_close(self.loss()(score, label, weight=torch.ones_like(score[:, 0])), full)

    def test_a_binary_logit_is_two_classes(self):
        if not self.binary:
            return
        score, label = self.batch(num_classes=2)
        logit = score[:, 1:] - score[:, :1]
        pair = torch.cat([torch.zeros_like(logit), logit], dim=1)
        torch.testing.assert_close(self.loss()(logit, label), self.loss()(pair, label))

    def test_a_label_out_of_range_is_refused(self):
        score, label = self.batch()
        label[0, 0, 0] = 99
        with pytest.raises(ValueError, match="99"):
            self.loss()(score, label)
