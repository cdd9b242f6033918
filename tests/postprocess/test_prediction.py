import pytest
import torch

from seg_plugins.postprocess.prediction import BatchPrediction, build_steps


def test_new_scores_choose_new_labels():
    prediction = BatchPrediction(
        torch.zeros(1, 2, 3, 3), torch.zeros(1, 3, 3).long(), torch.zeros(1, 3, 3, 3)
    )
    logits = torch.stack([torch.zeros(1, 3, 3), torch.eye(3)[None]], 1)
    assert torch.equal(prediction.with_logits(logits).labels[0], torch.eye(3).long())
    assert torch.equal(prediction.labels, torch.zeros(1, 3, 3).long())


@pytest.mark.parametrize(
    "step", [dict(type="Morphology", operation="open", classes=[0, 2]), dict(type="GrabCut", foreground=2)]
)
def test_a_class_that_the_model_lacks_is_named(step):
    prediction = BatchPrediction(
        torch.zeros(1, 2, 3, 3), torch.zeros(1, 3, 3).long(), torch.zeros(1, 3, 3, 3)
    )
    with pytest.raises(ValueError, match=r"=.*2.*: there is no class 2, the model has 0 to 1"):
        build_steps([step])[0](prediction)


def test_other_modules_are_refused():
    with pytest.raises(ValueError, match="BN is not a post-processing step"):
        build_steps([dict(type="mmengine.BN", num_features=2)])
