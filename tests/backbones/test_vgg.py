import torch
from mmcv.cnn.vgg import VGG

from seg_plugins.backbones.vgg import VGGStages


def test_equals_mmcv_vgg_on_the_same_weights():
    """Stage by stage against mmcv's own VGG-16."""
    torch.manual_seed(0)
    reference = VGG(16, out_indices=(0, 1, 2, 3, 4))
    reference.eval()
    ours = VGGStages()
    theirs = [m for m in reference.features if isinstance(m, torch.nn.Conv2d)]
    mine = [m for m in ours.modules() if isinstance(m, torch.nn.Conv2d)]
    assert len(mine) == len(theirs) == 13
    for a, b in zip(mine, theirs, strict=True):
        a.load_state_dict(b.state_dict())
    x = torch.rand(1, 3, 64, 96)
    expected = reference(x)
    for stage in range(1, 6):
        x = torch.nn.functional.max_pool2d(ours.run_stage(stage, x), 2)
        torch.testing.assert_close(x, expected[stage - 1])


def test_layers_carry_caffe_names():
    names = [n for n, _ in VGGStages(norm_cfg=dict(type="BN")).named_children()]
    assert names[:4] == ["conv1_1", "bn1_1", "conv1_2", "bn1_2"]
    assert names[-2:] == ["conv5_3", "bn5_3"]
