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
