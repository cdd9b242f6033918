import copy

import pytest
import torch
from torch import nn

from seg_plugins.hooks import MaskAnnealingHook
from seg_plugins.hooks.mask_annealing_hook import mask_probabilities
from tests.decode_heads.test_eomt_head import small
from tests.runners.base import build, differences, final_state, killed_at, no_workers, tiny


def test_four_blocks_have_the_published_steps():
    """Cityscapes: 19902 steps, begins 3317, 6634, 9951, 13268, ends 3317 later, power 0.9."""
    total, part = 19902, 3317
    for step in (0, 3317, 4000, 6634, 8000, 16584, 16585, 19902):
        expected = []
        for i in range(1, 5):
            done = min(max((step - i * part) / part, 0), 1)
            expected.append((1 - done) ** 0.9)
        assert mask_probabilities(step / total, 4) == pytest.approx(expected, abs=1e-9)


class Runner:
    """What the hook reads of a run."""

    def __init__(self, head, average):
        self.model, self.max_iters, self.iter = nn.ModuleDict(dict(decode_head=head)), 8, 0
        self.hooks = [type("Average", (), dict(ema_model=average))(), MaskAnnealingHook()]


def test_heads_of_the_model_and_of_its_average_follow_the_iteration():
    _, head = small()
    average = nn.ModuleDict(dict(decode_head=copy.deepcopy(head)))
    runner = Runner(head, average)
    for step, expected in ((0, [1, 1]), (3, [0.5**0.9, 1]), (7, [0, 0])):
        runner.iter = step
        runner.hooks[1].before_train_iter(runner, 0)
        assert head.mask_probability.tolist() == pytest.approx(expected)
    runner.iter = 3
    runner.hooks[1].after_train_iter(runner, 0)
    assert head.mask_probability.tolist() == pytest.approx([0, 1])
    assert torch.equal(average["decode_head"].mask_probability, head.mask_probability)


def eomt_run(root, **options):
    """A run of eight iterations with a small EoMT that has an average and masks that fade out."""
    encoder = dict(
        type="QueryViT",
        img_size=(16, 16),
        patch_size=4,
        embed_dims=16,
        num_layers=3,
        num_heads=2,
        query_layers=2,
    )
    decoder = dict(type="EoMTHead", in_channels=16, num_classes=2, num_queries=5, query_layers=2)
    cfg = tiny(
        root,
        custom_hooks=[
            dict(type="ExactEMAHook", momentum=0.1, update_buffers=True),
            dict(type="MaskAnnealingHook"),
        ],
        train_cfg__max_iters=8,
        train_cfg__val_interval=8,
        default_hooks__checkpoint__interval=1,
        **options,
    )
    cfg.model.backbone, cfg.model.decode_head = encoder, decoder
    return build(no_workers(cfg))


@pytest.mark.parametrize("place", ["before_train_iter", "after_train_iter"])
def test_a_killed_run_of_eomt_ends_in_the_same_bits(tmp_path, place):
    eomt_run(tmp_path / "whole").train()
    assert killed_at(eomt_run(tmp_path / "killed"), place, 5)  # the first block masks less, the second always
    again = eomt_run(tmp_path / "killed", resume=True)
    again.train()
    names = [tmp_path / name for name in ("whole", "killed")]
    assert differences(*(final_state(root, "iter_8.pth") for root in names)) == []
    assert final_state(names[0], "iter_8.pth")["/state_dict/decode_head.mask_probability"].tolist() == [0, 0]
