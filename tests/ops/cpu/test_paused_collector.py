import gc

import pytest

from seg_plugins.ops.cpu.paused_collector import paused_collector


@pytest.fixture(params=[True, False])
def on(request):
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_the_collector_is_as_before_after_the_block_and_after_an_error(on):
    with paused_collector():
        assert not gc.isenabled()
    assert gc.isenabled() is on
    with pytest.raises(KeyError), paused_collector():
        raise KeyError
    assert gc.isenabled() is on
