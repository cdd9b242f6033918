import copy

import pytest
from torch import nn

from seg_plugins.ops.replacing import replace_method, replaced


class Thing:
    kind = "class"

    def __init__(self):
        self.own = "own"

    def method(self):
        return "method"


@pytest.mark.parametrize("fails", [False, True])
def test_everything_is_as_before_after_the_block(fails):
    thing = Thing()
    try:
        with replaced(thing, own=1, kind=2, method=lambda: 3, absent=4):
            assert (thing.own, thing.kind, thing.method()) == (1, 2, 3) and not hasattr(thing, "absent")
            if fails:
                raise KeyError
    except KeyError:
        pass
    assert vars(thing) == {"own": "own"} and (thing.kind, thing.method()) == ("class", "method")


def test_of_a_module_too():
    head = nn.Linear(1, 1)
    with replaced(head, forward=lambda x: "other"), replaced(head, forward=lambda x: "inner"):
        assert head(None) == "inner"
    assert "forward" not in vars(head)
    assert copy.deepcopy(head).forward.__self__ is not head


def test_a_method_is_replaced_once():
    thing = Thing()
    for _ in range(2):
        replace_method(thing, "method", lambda method: lambda: "more than " + method())
    assert thing.method() == "more than method" and Thing().method() == "method"
