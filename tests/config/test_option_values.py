import pytest
from mmengine.config import DictAction

from seg_plugins.config.option_values import parse_value

UPSTREAMS = [
    "1,2,3", "[a,b,c]", "[(1,2,3),[a,b],c]", "a", "", "[]", "()", "(16,)", "(16)", "1e-3", "1e5", "inf",
    "true", "None", "none", "a,,b", "iter_{}.pth", "[1,2,]", "-1", "x=1", "[None,True,1.5]", "/a/b.c",
    "[[1,2],[3,4]]", "0x10", "1,", "[,]",
]  # fmt: skip
VALUES = {
    "a b": "a b",
    "/my data/set, /other one": ["/my data/set", "/other one"],
    "'a, b'": "a, b",
    "'1'": "1",
    "it's": "it's",
    "'[1, 2]'": [1, 2],  # a shell that hands quotes on
    "(1, 2), (3, 4)": [(1, 2), (3, 4)],
    "dict(type='SGD', lr=1e-1)": {"type": "SGD", "lr": 0.1},
    "[dict(type=EMAHook)]": [{"type": "EMAHook"}],
    "{'a': (1, 2), 'b': {'c': None, 3: 'x:y'}}": {"a": (1, 2), "b": {"c": None, 3: "x:y"}},
    "dict(a=dict(b=[1, dict(c='x,y')]), d='=')": {"a": {"b": [1, {"c": "x,y"}]}, "d": "="},
    "dict()": {},
    "{}": {},
    r"'a\'b'": "a'b",
    r"['C:\new', 2]": [r"C:\new", 2],
    "photo (1).png": "photo (1).png",
    "f(1, 2)": "f(1, 2)",
    "(a) and (b)": "(a) and (b)",
    ":)": ":)",
}
WRONG = {
    "[1,2": "']' is missing",
    "1,2]": "']' closes nothing",
    "(1]": "']' closes nothing",
    "'a": '"\'" is missing',
    "dict(": "')' is missing",
    "dict(1)": "1 has no '='",
    "dict(a.b=1)": "'a.b' is not a name",
    "{a}": "a has no ':'",
    "[" * 500 + "]" * 500: "nested more than 50 deep",
    "dict(a=" * 500 + "1" + ")" * 500: "nested more than 50 deep",
}


@pytest.mark.parametrize("text", UPSTREAMS)
def test_what_upstream_reads_is_read_alike(text):
    value, theirs = parse_value(text), DictAction._parse_iterable(text)
    assert (value, type(value)) == (theirs, type(theirs))


@pytest.mark.parametrize("text, value", VALUES.items())
def test_spaces_quotes_and_dictionaries(text, value):
    assert parse_value(text) == value


@pytest.mark.parametrize("text, reason", WRONG.items(), ids=range(len(WRONG)))
def test_what_does_not_pair_is_refused(text, reason):
    with pytest.raises(ValueError) as caught:
        parse_value(text)
    assert reason in str(caught.value)


def test_the_home_folder_is_spelt_out(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert parse_value("[~/data, a~/b]") == ["/home/me/data", "a~/b"]
