import torch
from mmengine.model import MMDistributedDataParallel
from torch import nn

from seg_plugins.ops.unwrapping import unwrapped


def test_the_model_inside_a_wrapper_or_itself(tmp_path):
    model = nn.Linear(1, 1)
    assert unwrapped(model) is model
    store = f"file://{tmp_path}/store"
    torch.distributed.init_process_group("gloo", init_method=store, rank=0, world_size=1)
    try:
        assert unwrapped(MMDistributedDataParallel(model)) is model
    finally:
        torch.distributed.destroy_process_group()
