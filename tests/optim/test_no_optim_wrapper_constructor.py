import torch
from mmengine.optim import build_optim_wrapper

import seg_plugins.optim  # noqa: F401  (registers)


def test_a_model_without_parameters_gets_an_optimiser():
    wrapper = build_optim_wrapper(
        torch.nn.Identity(),
        dict(constructor="NoOptimWrapperConstructor", optimizer=dict(type="SGD", lr=0.0)),
    )
    assert wrapper.get_lr()["lr"] == [0.0]
    wrapper.load_state_dict(wrapper.state_dict())
