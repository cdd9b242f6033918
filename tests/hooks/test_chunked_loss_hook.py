import pytest
import torch

from tests.hooks.tiny_runner import RandomImages, log_text, model_config, tiny_runner, weights

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


@pytest.mark.parametrize("hooks", [[], [dict(type="ChunkedLossHook")]])
def test_wrong_labels_and_weights_are_named_as_at_full_size(hooks, tmp_path):
    def options(weight, label):
        class Relabelled(RandomImages):
            def __getitem__(self, index):
                item = super().__getitem__(index)
                item["data_samples"].gt_sem_seg.data[0, 5, 5] = label
                return item

        loss = dict(type="ExactCrossEntropyLoss", class_weight=weight)
        loader = dict(
            dataset=Relabelled(), batch_size=2, sampler=dict(type="InfiniteSampler", shuffle=False),
            collate_fn=dict(type="pseudo_collate"),
        )  # fmt: skip
        return dict(hooks=hooks, model=model_config(loss), train_dataloader=loader)

    for name, weight, label, message in [
        ("weights", [1.0, 2.0, 3.0], 1, "3 class weights for 2 classes"),
        ("label", None, 7, r"labels \[7\] are neither one of the 2 classes"),
    ]:
        with pytest.raises(ValueError, match=message):
            tiny_runner(tmp_path / name, **options(weight, label)).train()


def test_a_head_that_needs_full_size_keeps_it_and_says_so(tmp_path):
    model = model_config(auxiliary=dict(type="SoftDiceLoss"))
    runner = tiny_runner(tmp_path, hooks=[dict(type="ChunkedLossHook")], model=model)
    runner.train()
    assert "loss_by_feat" in vars(runner.model.decode_head)
    assert "loss_by_feat" not in vars(runner.model.auxiliary_head)
    text = log_text(runner)
    assert "decode_head: loss in chunks" in text
    assert "auxiliary_head: loss at full size, its loss SoftDiceLoss" in text
