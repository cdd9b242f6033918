import pytest

from seg_plugins.runners.class_names import class_differences, saved_classes

CITY = ["road", "sky", "tree", "car", "person", "void"]


@pytest.mark.parametrize(
    "saved, own, said",
    [
        (CITY, CITY, ""),
        (CITY, [name.title() for name in CITY], ""),
        ([], CITY, ""),
        (CITY, [], ""),
        (["a", "b"], ["b", "a"], "class 0 is 'a' there and 'b' here; class 1 is 'b' there and 'a' here"),
        (CITY, CITY[:1], "6 classes there ('road', 'sky', 'tree', 'car', ...), 1 here ('road')"),
        (CITY, CITY[::-1], "class 3 is 'car' there and 'tree' here; and 2 more"),
    ],
)
def test_what_differs_is_said(saved, own, said):
    found = class_differences(saved, own)
    assert found.endswith(said) and bool(found) == bool(said)


@pytest.mark.parametrize(
    "meta", [{"dataset_meta": {"classes": ("a",)}}, {"dataset_meta": {"CLASSES": ("a",)}}, {"CLASSES": ["a"]}]
)
def test_names_are_found_where_any_version_puts_them(meta):
    assert saved_classes({"meta": meta}) == ["a"]
    assert saved_classes({"state_dict": {}}) == saved_classes({"meta": None}) == []
