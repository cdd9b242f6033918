import pytest

from seg_plugins.zoo.suites.suite import load_suite
from seg_plugins.zoo.tables.render import render_markdown
from seg_plugins.zoo.tables.table import build_table
from tests.zoo.base import write_suite

A = "net/net_a_1xb4-1k_toy-8x8.py"
STEP = {"config": A, "variant": "step"}


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"models": [STEP, STEP]}, ["two entries claim", "variant"]),
        ({"models": [{**STEP, "variant": "A b"}]}, ["variant 'A b'", "small letters"]),
        ({"models": [{**STEP, "fit": True}], "weights": None}, ["`fit`", "names no suite"]),
        ({"weights": "toyy"}, ["no other suite 'toyy'", "Did you mean toy"]),
        ({"weights": "steps"}, ["no other suite 'steps'"]),
    ],
)
def test_bad_suites_are_refused(layout, changes, words):
    write_suite(layout.root, "steps", {"weights": "toy", "models": [STEP], **changes})
    with pytest.raises(ValueError) as caught:
        load_suite(layout, "steps")
    assert all(word in str(caught.value) for word in ["steps.yaml", *words])


def test_the_table_shows_the_columns_that_the_suite_names(layout):
    write_suite(layout.root, "toy", {"models": [A], "seeds": [0], "columns": ["minutes"]})
    head = render_markdown(build_table(load_suite(layout, "toy"), {})).splitlines()[0]
    assert head == "| model | minutes | mIoU | seeds |"
    write_suite(layout.root, "toy", {"columns": ["minuets"]})
    with pytest.raises(ValueError, match=r"unknown column 'minuets'. Did you mean minutes"):
        load_suite(layout, "toy")
