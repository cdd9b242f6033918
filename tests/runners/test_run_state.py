from collections import OrderedDict

import numpy as np
import pytest
import torch

from seg_plugins.runners.run_state import is_plain


@pytest.mark.parametrize(
    "value", [None, 1, 1.5, "x", (1, [2]), {"a": torch.ones(1)}, OrderedDict(a=np.ones(2)), np.float64(1)]
)
def test_plain(value):
    assert is_plain(value)


@pytest.mark.parametrize("value", [print, object(), {"a": [object()]}, np.array([object()]), {1, 2}])
def test_not_plain(value):
    assert not is_plain(value)
