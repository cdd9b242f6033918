import builtins

import pytest
from mmseg.models.utils import wrappers
from mmseg.models.utils.embed import AdaptivePadding

from seg_plugins.export.sizes_in_graph import missing, sizes_in_graph


def test_upstream_is_as_before_afterwards():
    before = AdaptivePadding.get_pad_shape
    with pytest.raises(KeyError), sizes_in_graph():
        assert AdaptivePadding.get_pad_shape is missing and wrappers.int is not builtins.int
        raise KeyError
    assert AdaptivePadding.get_pad_shape is before
    assert not hasattr(wrappers, "int")


@pytest.mark.parametrize("size", [(15, 17), (16, 16), (3, 40)])
def test_paddings_are_upstreams(size):
    padding = AdaptivePadding(kernel_size=4, stride=3, dilation=2)
    assert missing(padding, size) == padding.get_pad_shape(size)
