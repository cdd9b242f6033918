import pytest
import torch
import torch.nn.functional as F

from seg_plugins.losses.chunked_cross_entropy import chunked_cross_entropy, linear_weights, row_chunks


def small_batch(dtype=torch.float64, h=5, w=6, height=17, width=23, ignored=0.2):
    generator = torch.Generator().manual_seed(0)
    score = 3 * torch.randn(2, 4, h, w, generator=generator, dtype=dtype)
    label = torch.randint(0, 4, (2, height, width), generator=generator)
    label[torch.rand(label.shape, generator=generator) < ignored] = 255
    return score.requires_grad_(), label


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("rows", [1, 4, 100])
def test_equals_resize_then_cross_entropy(rows, weighted, smoothing, align_corners):
    score, label = small_batch()
    weight = torch.tensor([0.3, 1.0, 2.0, 0.5], dtype=score.dtype) if weighted else None
    full = F.interpolate(score, label.shape[1:], mode="bilinear", align_corners=align_corners)
    expected = F.cross_entropy(full, label, weight, ignore_index=255, label_smoothing=smoothing)
    (gradient,) = torch.autograd.grad(expected, score)
    sums = chunked_cross_entropy(
        score, label, weight, smoothing, align_corners=align_corners, chunk_elements=rows * 2 * 4 * 23
    )
    actual = sums.loss / sums.weight
    torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(torch.autograd.grad(actual, score)[0], gradient, rtol=1e-5, atol=1e-7)
    assert sums.correct == ((full.argmax(1) == label) & (label != 255)).sum()
    assert sums.valid == (label != 255).sum()


@pytest.mark.parametrize("size", [(5, 6), (17, 23), (40, 30)])
def test_any_ratio_of_sizes_within_1e_5_in_float32(size):
    score, label = small_batch(torch.float32, *size)
    full = F.interpolate(score, label.shape[1:], mode="bilinear")
    expected = F.cross_entropy(full, label, ignore_index=255)
    (gradient,) = torch.autograd.grad(expected, score)
    sums = chunked_cross_entropy(score, label, chunk_elements=1000)
    actual = sums.loss / sums.weight
    torch.testing.assert_close(actual, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(torch.autograd.grad(actual, score)[0], gradient, rtol=1e-5, atol=1e-5)


def test_low_precision_logits_are_computed_in_float32():
    score, label = small_batch(torch.float32)
    low = score.detach().bfloat16().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        sums = chunked_cross_entropy(low, label)
    sums.loss.backward()
    expected = chunked_cross_entropy(low.detach().float(), label).loss
    assert sums.loss.dtype is torch.float32 and low.grad.dtype is torch.bfloat16
    torch.testing.assert_close(sums.loss.detach(), expected)


def test_an_all_ignored_batch_gives_zero_with_gradient():
    score, label = small_batch()
    sums = chunked_cross_entropy(score, torch.full_like(label, 255))
    sums.loss.backward()
    assert sums.loss == 0 and sums.weight == 0 and (score.grad == 0).all()


def test_full_size_logits_are_never_held():
    largest = 0

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            nonlocal largest
            out = func(*args, **(kwargs or {}))
            if isinstance(out, torch.Tensor) and out.is_floating_point():
                largest = max(largest, out.untyped_storage().nbytes() // 4)
            return out

    score = torch.randn(2, 19, 16, 16, requires_grad=True)
    label = torch.randint(0, 19, (2, 128, 128))
    with Watch():
        sums = chunked_cross_entropy(score, label, chunk_elements=2 * 19 * 128 * 8)
        (sums.loss / sums.weight).backward()
    assert largest <= 2 * 19 * 128 * 8 < 2 * 19 * 128 * 128


def test_chunks_cover_all_rows_and_read_what_they_need():
    chunks = row_chunks(7, 20, False, 6)
    assert [c[:2] for c in chunks] == [(0, 6), (6, 12), (12, 18), (18, 20)]
    used = linear_weights(7, 20, False, torch.device("cpu"))
    for start, stop, first, last in chunks:
        torch.testing.assert_close(used[start:stop, first:last].sum(1), torch.ones(stop - start))
