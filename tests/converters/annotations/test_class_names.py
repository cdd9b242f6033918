import pytest

from seg_plugins.converters.annotations.class_names import choose_classes, class_ids
from seg_plugins.converters.converter import SourceError


@pytest.mark.parametrize(
    "labels, wanted, classes, ids",
    [
        (["car", "dog"], None, ["background", "car", "dog"], dict(car=1, dog=2)),
        (["car", "dog"], ["dog"], ["background", "dog"], dict(dog=1)),
        (["car", "dog"], ["dog", "background", "car"], ["dog", "background", "car"], dict(dog=0, car=2)),
        (["_background_", "car"], None, ["background", "car"], dict(_background_=0, car=1)),
        (["Background", "car"], None, ["Background", "car"], dict(Background=0, car=1)),
        (
            ["car", "background", "_background_"],
            None,
            ["car", "background"],
            dict(car=0, background=1, _background_=1),
        ),
        (["background", "car"], ["car"], ["background", "car"], dict(background=0, car=1)),
        (["__ignore__", "car"], None, ["background", "car"], dict(__ignore__=255, car=1)),
    ],
)
def test_classes_and_their_ids(labels, wanted, classes, ids):
    found, given, rest = class_ids(labels, wanted, "c.json")
    assert found == classes and {label: given[label] for label in labels if label in given} == ids
    assert found[rest].casefold() == "background"


def test_there_is_no_background_where_all_is_covered():
    asked = []
    found, ids, rest = class_ids(["b", "a", "_ignore_"], ["a"], "", lambda labels: not asked.append(labels))
    assert (found, ids, rest) == (["a"], {"a": 0, "_ignore_": 255}, 255) and asked == [["a", "_ignore_"]]


@pytest.mark.parametrize(
    "labels, wanted, message",
    [
        (["car"], ["cra"], r"c\.json has no class 'cra'; it has 'car'\. Did you mean car\?"),
        (["car"], ["__ignore__"], "no class '__ignore__'"),
        (["car"], ["car", "car"], "'car' is given twice"),
        (["car"], ["background", "_background_"], "'_background_' is given twice"),
        ([], None, r"c\.json names no class"),
        (["__ignore__"], ["background"], "names no class"),
        (["a{{ $HOME:x }}"], None, r"c\.json has the class 'a\{\{ \$HOME:x \}\}': MMEngine replaces"),
    ],
)
def test_classes_that_cannot_be_chosen(labels, wanted, message):
    with pytest.raises(SourceError, match=message):
        choose_classes(labels, wanted, "c.json")


def test_too_many_classes_are_named():
    with pytest.raises(SourceError, match=r"c\.json has 256 classes, at most 255 fit"):
        class_ids([f"c{i}" for i in range(255)], None, "c.json")
