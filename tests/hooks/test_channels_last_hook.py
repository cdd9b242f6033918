import torch

from tests.hooks.tiny_runner import tiny_runner, weights


def test_activations_are_channels_last_and_training_is_the_same(tmp_path):
    plain = tiny_runner(tmp_path / "plain")
    plain.train()
    runner = tiny_runner(tmp_path / "last", hooks=[dict(type="ChannelsLastHook")])
    orders = []
    runner.model.backbone.layer1.register_forward_hook(
        lambda *a: orders.append(a[-1].is_contiguous(memory_format=torch.channels_last))
    )
    runner.train()
    assert orders and all(orders)
    torch.testing.assert_close(weights(runner), weights(plain), rtol=1e-4, atol=1e-5)
