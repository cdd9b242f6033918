import pytest
import torch

from tests.hooks.tiny_runner import log_text, model_config, tiny_runner, weights

LOSSES = [
    dict(type="ExactCrossEntropyLoss"),
    dict(type="ExactCrossEntropyLoss", class_weight=[1.0, 3.0], label_smoothing=0.1, loss_weight=0.5),
    dict(type="CrossEntropyLoss"),
    dict(type="CrossEntropyLoss", avg_non_ignore=True, loss_weight=2.0),
    [dict(type="ExactCrossEntropyLoss"), dict(type="CrossEntropyLoss", loss_name="loss_upstream")],
]


@pytest.mark.parametrize("loss", LOSSES)
def test_training_is_the_same(loss, tmp_path):
    results = []
    for name, hooks in (("full", []), ("chunks", [dict(type="ChunkedLossHook", chunk_elements=200)])):
        runner = tiny_runner(tmp_path / name, hooks=hooks, model=model_config(loss))
        runner.train()
        scalars = runner.message_hub.log_scalars
        logged = {k: scalars[k].data[0] for k in scalars if k.startswith("train/decode")}
        results.append((weights(runner), logged))
    torch.testing.assert_close(results[1][0], results[0][0], rtol=1e-4, atol=1e-5)
    assert results[1][1].keys() == results[0][1].keys()
    for key, values in results[0][1].items():
        torch.testing.assert_close(results[1][1][key], values, rtol=1e-4, atol=1e-5)


def test_a_head_that_needs_full_size_keeps_it_and_says_so(tmp_path):
    model = model_config(auxiliary=dict(type="SoftDiceLoss"))
    runner = tiny_runner(tmp_path, hooks=[dict(type="ChunkedLossHook")], model=model)
    runner.train()
    assert "loss_by_feat" in vars(runner.model.decode_head)
    assert "loss_by_feat" not in vars(runner.model.auxiliary_head)
    text = log_text(runner)
    assert "decode_head: loss in chunks" in text
    assert "auxiliary_head: loss at full size, its loss SoftDiceLoss" in text
