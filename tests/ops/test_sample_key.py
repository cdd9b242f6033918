import pickle

from hypothesis import given
from hypothesis import strategies as st

from seg_plugins.ops.sample_key import SampleKey, derive_seed


@given(st.integers(0, 2**40), st.integers(0, 2**63 - 1))
def test_a_key_is_its_index_and_travels_with_its_seed(index, seed):
    key = pickle.loads(pickle.dumps(SampleKey(index, seed)))
    assert key == index
    assert (key.seed, hash(key), key + 0) == (seed, hash(index), index)


def test_seeds_are_fixed_and_do_not_collide():
    assert derive_seed(7, 0, 3) == derive_seed(7, 0, 3)
    seeds = {derive_seed(a, b, c) for a in range(20) for b in range(20) for c in range(20)}
    assert len(seeds) == 8000
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert derive_seed(1, 2) == 5934340693050249675
