import pytest
import torch

from seg_plugins.ops.finite_scores import check_finite


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_one_value_that_is_no_number_is_named_with_the_file(value):
    scores = torch.randn(3, 8, 8)
    scores[1, 2, 3] = value
    with pytest.raises(ValueError, match=r"^a/b\.png: the model's scores are not finite"):
        check_finite(scores, "a/b.png")
    with pytest.raises(ValueError, match=r"^the model's scores"):
        check_finite(scores)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_many_large_scores_are_fine(dtype):
    check_finite(torch.full((50, 300, 300), 100.0, dtype=dtype))  # their sum is beyond float16


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_finite_scores_whose_sum_overflows_are_fine(dtype):
    check_finite(torch.tensor([[3e38, 3e38]], dtype=dtype))
    check_finite(torch.tensor([3e38, 3e38, -3e38, -3e38], dtype=dtype))


def test_scores_beyond_float32_are_fine_in_double_precision():
    check_finite(torch.tensor([1e300], dtype=torch.float64))


def test_no_scores_are_finite():
    check_finite(torch.zeros(0, 4))
