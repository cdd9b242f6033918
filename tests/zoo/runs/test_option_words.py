import pytest

from seg_plugins.commands.command_line import train_parser
from seg_plugins.zoo.runs.option_words import option_words

PLAIN = {
    "train_cfg.max_iters": 5,
    "lr": 1e-5,
    "flag": True,
    "nothing": None,
    "crop": [8, 8],
    "scale": (2048, 512),
    "name": "images/val",
    "steps": [{"type": "DenseCRF", "std": 3.0, "names": ["a", "b c"]}],
    "cfg": {"_delete_": True, "type": "FitLoop", "path": "my data/it's, here"},
}
AWKWARD = [
    "my data/set", "a, b", "a,b", "1", "true", "None", "it's", 'say "a"', "[a]", "{a", "a=b", "", " a ",
    "a\nb", "'a'", "\\n", "(1)", ["1", "a b"], [[]], "$(touch x)", "; rm -rf x", "--resume",
]  # fmt: skip


def read(words):
    return train_parser().parse_args(["config", "--cfg-options", *words]).cfg_options


def test_values_are_read_back_as_they_are():
    assert repr(read(option_words(PLAIN))) == repr(PLAIN)


@pytest.mark.parametrize("value", AWKWARD, ids=repr)
def test_a_value_is_read_back_as_it_is_or_refused(value):
    """Never another value: spaces in paths were taken out without a word."""
    try:
        words = option_words({"model.key": value})
    except ValueError as error:
        assert "option model.key: " in str(error) and "in a separate config" in str(error)
    else:
        assert repr(read(words)) == repr({"model.key": value})
