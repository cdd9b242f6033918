import pytest
import torch

from seg_plugins.ops.best_class import best_class


@pytest.mark.parametrize("classes", [1, 2, 11, 255, 256, 300])
def test_it_is_argmax(classes):
    scores = torch.randn(classes, 7, 33, generator=torch.Generator().manual_seed(classes))
    found = best_class(scores)
    assert found.dtype == (torch.uint8 if classes <= 256 else torch.int32)
    assert torch.equal(found.long(), scores.argmax(0))


@pytest.mark.parametrize("layout", [lambda x: x, lambda x: x.permute(1, 2, 0).contiguous().permute(2, 0, 1)])
def test_of_equal_scores_the_first_wins(layout):
    scores = layout(torch.randint(0, 3, (9, 40, 50), generator=torch.Generator().manual_seed(0)).float())
    assert torch.equal(best_class(scores).long(), scores.argmax(0))
    assert (scores == scores.amax(0)).sum(0).max() > 1
