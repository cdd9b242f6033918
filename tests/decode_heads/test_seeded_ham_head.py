import torch
from mmseg.models.decode_heads import LightHamHead

from seg_plugins.decode_heads import SeededHamHead

OPTIONS = dict(
    in_channels=[4, 8],
    in_index=[0, 1],
    channels=8,
    ham_channels=8,
    ham_kwargs=dict(MD_R=4),
    num_classes=3,
    norm_cfg=dict(type="GN", num_groups=2),
)


def maps(count):
    generator = torch.Generator().manual_seed(count)
    return [torch.rand(count, c, 8, 12, generator=generator) for c in (4, 8)]


def test_predictions_do_not_depend_on_draws_nor_on_the_batch():
    torch.manual_seed(0)
    ours, theirs = SeededHamHead(**OPTIONS).eval(), LightHamHead(**OPTIONS).eval()
    x = maps(3)
    assert not torch.equal(theirs(x), theirs(x))
    state = torch.get_rng_state()
    both = ours(x)
    assert torch.equal(state, torch.get_rng_state())
    assert torch.equal(both, ours(x))
    torch.testing.assert_close(ours([m[:1] for m in x]), both[:1])


def test_weights_and_training_are_upstreams():
    torch.manual_seed(0)
    ours, theirs = SeededHamHead(**OPTIONS), LightHamHead(**OPTIONS)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    results = []
    for head in (ours, theirs):
        torch.manual_seed(1)
        results.append(head.train()(maps(2)))
    assert torch.equal(*results)
