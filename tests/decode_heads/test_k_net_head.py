import copy

import torch
from mmseg.models.decode_heads import IterativeDecodeHead

from tests.segmentors.base import build, model_config


def test_it_is_upstreams_head_with_the_class_count_in_all_parts():
    config = model_config("knet_tiny", 7).decode_head.to_dict()
    before = copy.deepcopy(config)
    head = build("knet_tiny", 7).decode_head
    assert [stage.num_classes for stage in head.kernel_update_head] == [7, 7]
    assert head.kernel_generate_head.num_classes == head.num_classes == head.out_channels == 7
    stage = dict(config["kernel_update_head"], num_classes=7)
    theirs = IterativeDecodeHead(
        2, dict(config["kernel_generate_head"], num_classes=7), [copy.deepcopy(stage) for _ in range(2)]
    )
    assert config == before
    theirs.load_state_dict(head.state_dict(), strict=True)
    maps = [torch.rand(2, c, 8, 8) for c in (16, 32, 64, 128)]
    torch.testing.assert_close(head.eval()(maps), theirs.eval()(maps), rtol=0, atol=0)
