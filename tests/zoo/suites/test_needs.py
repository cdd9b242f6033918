"""The key `needs` of a suite: what it may say, and what is refused when the suite is loaded."""

import pytest

from seg_plugins.zoo.suites.model import Need
from seg_plugins.zoo.suites.suite import load_suite
from tests.zoo.base import write_suite

A, B = "net/net_a_1xb4-1k_toy-8x8.py", "net/net_b_1xb4-1k_toy-8x8.py"
LINE_A, LINE_B = "net_a_1xb4-1k_toy-8x8", "net_b_1xb4-1k_toy-8x8"


def row(config, variant, needs=None, **more):
    return {"config": config, "variant": variant, **({} if needs is None else {"needs": needs}), **more}


@pytest.fixture
def needs_of(layout):
    """Writes a suite of these models; gives the needs of the last one."""

    def write(*models, **more):
        write_suite(layout.root, "toy", {"models": list(models), **more})
        return load_suite(layout, "toy").models[-1].needs

    return write


def test_a_row_is_named_by_its_line_its_variant_or_its_name(needs_of):
    need = Need(f"{LINE_A}.mim", "toy")
    assert needs_of(row(A, "mim"), row(B, "tuned", f"{LINE_A}.mim")) == (need,)
    assert needs_of(row(A, "mim"), row(B, "tuned", "mim")) == (need,)
    assert needs_of(row(A, "mim", name="Pre-training"), row(B, "tuned", "Pre-training")) == (need,)
    assert needs_of(A, {"config": B, "needs": LINE_A}) == (Need(LINE_A, "toy"),)


def test_a_variant_of_the_same_config_comes_first(needs_of):
    wide = "net/net_*.py"
    assert needs_of(row(wide, "mim"), row(wide, "tuned", "mim")) == (Need(f"{LINE_B}.mim", "toy"),)


def test_several_needs_go_to_keys_of_their_own(layout, needs_of):
    teacher = {"row": "teacher", "as": "model.teacher.checkpoint", "seed": 0}
    needs = needs_of(row(A, "teacher", seeds=[0]), row(A, "mim"), row(A, "student", [teacher, "mim"]))
    assert [need.option for need in needs] == ["model.teacher.checkpoint", "load_from"]
    last = load_suite(layout, "toy").rows[-1]
    assert last.seed == 1
    assert last.needed("toy") == [f"{LINE_A}.teacher.seed0", f"{LINE_A}.mim.seed1"]  # else the same seed


def test_a_row_that_only_tests_trains_nothing(layout, needs_of):
    assert needs_of(A, row(A, "flip", {"row": LINE_A, "as": "test"}))[0].option == "test"
    assert [model.trains for model in load_suite(layout, "toy").models] == [True, False]


def test_a_row_of_another_suite(layout, needs_of):
    write_suite(layout.root, "first", {"models": [A]})
    assert needs_of({"config": B, "needs": {"suite": "first", "row": LINE_A}}) == (Need(LINE_A, "first"),)
    assert load_suite(layout, "toy").rows[0].needed("toy") == []


@pytest.mark.parametrize(
    "models, words",
    [
        ([row(A, "mim"), row(B, "tuned", "mum")], ["'mum'", "suite toy has no such row", "Did you mean mim"]),
        ([row(A, "x", "x")], ["rows need each other", f"{LINE_A}.x -> {LINE_A}.x"]),
        (
            [row(A, "x", "y"), row(A, "y", "z"), row(A, "z", "x")],
            ["rows need each other", f"{LINE_A}.x -> {LINE_A}.y -> {LINE_A}.z -> {LINE_A}.x"],
        ),
        ([row(A, "m"), row(B, "m"), row(A, "t", "m"), row("net/net_b*", "t", "m"), row(A, "u", "t")], []),
        ([row(A, "mim", seeds=[0, 2]), row(A, "tuned", "mim")], ["no seed 1", "it has 0, 2", "`seed:`"]),
        ([A, row(B, "m", {"row": LINE_A, "seed": 7})], ["has no seed 7", "it has 0, 1"]),
        ([A, row(B, "m", {"row": LINE_A, "seed": "0"})], ["`seed` is an integer"]),
        ([A, row(B, "m", {"row": LINE_A, "suit": "x"})], ["unknown key 'suit'", "Did you mean suite"]),
        ([A, row(B, "m", {"as": "x"})], ["has no 'row'"]),
        ([A, row(B, "m", {"row": LINE_A, "as": "a b"})], ["`as` is a config key", "'a b'"]),
        ([A, row(B, "m", 3)], ["got 3", "write a row's name"]),
        ([A, row(B, "m", [LINE_A, LINE_A])], ["as load_from", "is given to"]),
        ([A, row(B, "m", LINE_A, options={"load_from": "x"})], ["as load_from", "its options set"]),
        ([A, row(B, "m", {"row": LINE_A, "suite": "frist"})], ["no other suite 'frist'", "mean first"]),
        ([row(B, "m", "only")], ["Suite first has it", "{suite: first, row: only}"]),
        ([row(B, "m", {"row": "onyl", "suite": "first"})], ["suite first has no such row", "mean only"]),
        (
            [A, row(A, "flip", {"row": LINE_A, "as": "test"}), row(A, "m", "flip")],
            ["trains nothing", f"{LINE_A}.flip"],
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_file_and_the_fix(layout, needs_of, models, words):
    write_suite(layout.root, "first", {"models": [row(A, "only")]})
    if not words:  # each `t` takes the `m` of its own config
        assert needs_of(*models)[0].line == f"{LINE_A}.t"
        return
    with pytest.raises(ValueError) as caught:
        needs_of(*models)
    assert all(word in str(caught.value) for word in ["toy.yaml", *words]), caught.value


def test_a_name_of_several_rows_is_refused(needs_of):
    with pytest.raises(ValueError, match=rf"several rows: write one of {LINE_A}\.m, {LINE_B}\.m"):
        needs_of(row(A, "m", name="both"), row(B, "m", name="both"), row(A, "t", "both"))


def test_suites_that_need_each_other_are_refused(layout, needs_of):
    write_suite(layout.root, "first", {"models": [row(A, "m", {"suite": "toy", "row": LINE_A})]})
    with pytest.raises(ValueError, match="suites need each other: toy -> first -> toy"):
        needs_of(A, row(A, "n", {"suite": "first", "row": "m"}))


@pytest.mark.parametrize(
    "weights, words",
    [
        ({"suite": "first", "row": "only", "export": "int8"}, ["int8", "no exporter", "`as: test`"]),
        ({"suite": "first", "row": "only"}, ["has no 'export'"]),
        ({"suite": "first", "row": "onyl", "export": "int8"}, ["no row 'onyl'", "mean"]),
        ({"suite": "frist", "row": "only", "export": "int8"}, ["no suite 'frist'", "mean first"]),
        ({"suite": "first", "row": "only", "exprot": "int8"}, ["unknown key 'exprot'", "mean export"]),
        ("first", ["{suite: NAME, row: NAME, export: KIND}", "`needs`"]),
    ],
)
def test_the_exported_file_of_a_row_is_refused_until_something_exports(layout, weights, words):
    write_suite(layout.root, "first", {"models": [row(A, "only")]})
    write_suite(layout.root, "toy", {"models": [A, row(B, "int8", weights=weights)]})
    with pytest.raises(ValueError) as caught:
        load_suite(layout, "toy")
    assert all(word in str(caught.value) for word in ["toy.yaml", *words]), caught.value
