import torch

from tests.hooks.tiny_runner import tiny_runner, weights


def test_compiled_training_is_the_same_and_keeps_the_keys(tmp_path):
    plain = tiny_runner(tmp_path / "plain", iters=2)
    plain.train()
    runner = tiny_runner(
        tmp_path / "compiled", iters=2, hooks=[dict(type="CompileHook", backend="aot_eager")]
    )
    runner.train()
    assert runner.model.state_dict().keys() == plain.model.state_dict().keys()
    assert runner.model.backbone._compiled_call_impl is not None
    torch.testing.assert_close(weights(runner), weights(plain), rtol=1e-4, atol=1e-5)
