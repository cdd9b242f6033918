import torch

from seg_plugins.ops.constants import device_constant


def test_a_constant_of_inference_can_be_trained_with():
    device_constant.cache_clear()
    with torch.inference_mode():
        constant = device_constant((2.0, 3.0), torch.float32, torch.device("cpu"))
    weight = torch.ones(2, requires_grad=True)
    (weight * constant).sum().backward()
    assert weight.grad.tolist() == [2, 3]


def test_the_type_and_the_device_are_those_asked_for():
    cpu = torch.device("cpu")
    wide, narrow = (device_constant((1, 2), dtype, cpu) for dtype in (torch.int64, torch.float16))
    assert (wide.dtype, narrow.dtype) == (torch.int64, torch.float16)
    assert device_constant((1, 2), torch.int64, cpu) is wide
