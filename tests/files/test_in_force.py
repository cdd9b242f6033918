from contextlib import ExitStack

import pytest

from seg_plugins.files.in_force import InForce


def library():
    """A registry of a process, and policies for it."""
    registry = {"loader": "upstream's"}

    def register():
        before = dict(registry)
        registry["loader"] = "ours"
        return lambda: registry.update(before)

    return registry, InForce(register)


def test_what_was_registered_before_is_back_after_the_block_and_after_an_error():
    registry, policies = library()
    with pytest.raises(KeyError), policies.block("strict"):
        assert registry == {"loader": "ours"} and policies.newest == "strict"
        raise KeyError
    assert registry == {"loader": "upstream's"} and policies.newest is None


def test_the_newest_of_nested_blocks_decides():
    registry, policies = library()
    outer, inner = ["outer"], ["outer"]  # equal, and not the same
    with policies.block(outer):
        with policies.block(inner):
            assert policies.newest is inner
        assert policies.newest is outer and registry == {"loader": "ours"}


def test_blocks_may_overlap_as_those_of_threads_do():
    registry, policies = library()
    first, second = ExitStack(), ExitStack()
    first.enter_context(policies.block("first"))
    second.enter_context(policies.block("second"))
    first.close()
    assert policies.newest == "second" and registry == {"loader": "ours"}
    second.close()
    assert registry == {"loader": "upstream's"}
