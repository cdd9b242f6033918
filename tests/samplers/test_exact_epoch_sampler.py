import pytest
from mmengine.dataset import DefaultSampler

from seg_plugins.samplers import ExactEpochSampler


def pair(**options):
    made = ExactEpochSampler(range(10), seed=3, **options), DefaultSampler(range(10), seed=3, **options)
    for sampler in made:
        sampler.set_epoch(4)
    return made


@pytest.mark.parametrize("shuffle", [False, True])
def test_the_order_is_upstreams(shuffle):
    exact, upstream = pair(shuffle=shuffle)
    assert list(exact) == list(upstream)


def test_skipping_leaves_out_once():
    exact, _ = pair()
    whole = [(int(k), k.seed) for k in exact]
    exact.skip(3)
    assert [(int(k), k.seed) for k in exact] == whole[3:]
    assert [(int(k), k.seed) for k in exact] == whole


def test_epochs_draw_anew():
    exact, _ = pair()
    before = {k.seed for k in exact}
    exact.set_epoch(5)
    assert before.isdisjoint({k.seed for k in exact})


def test_before_the_beginning():
    with pytest.raises(ValueError, match="-1 is negative"):
        pair()[0].skip(-1)
