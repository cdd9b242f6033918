import pytest

from seg_plugins.zoo.tables.markers import find_markers, marked_files, write_between

TEXT = (
    "# Title\n<!-- table:one -->\nold\n<!-- /table -->\nbetween\n"
    "<!-- table:two algo=unet --><!-- /table -->\nend\n"
)


def test_text_between_markers_is_replaced_and_nothing_else(tmp_path):
    path = tmp_path / "README.md"
    path.write_text(TEXT)
    one, two = find_markers(path)
    assert (one.suite, one.text, two.suite, two.options) == ("one", "\nold\n", "two", {"algo": "unet"})
    assert write_between(path, [(one, "| a longer table |"), (two, "| b |")])
    assert path.read_text() == (
        "# Title\n<!-- table:one -->\n| a longer table |\n<!-- /table -->\nbetween\n"
        "<!-- table:two algo=unet -->\n| b |\n<!-- /table -->\nend\n"
    )
    again = find_markers(path)
    assert not write_between(path, [(again[0], "| a longer table |"), (again[1], "| b |")])


@pytest.mark.parametrize(
    "text, words",
    [
        ("a\n<!-- table:one -->\n", "README.md:2: the table of one has no <!-- /table -->"),
        ("<!-- table:one -->\n<!-- table:two -->\n<!-- /table -->", "README.md:1: the table of one"),
        ("<!-- table:one aglo=x --><!-- /table -->", "unknown option 'aglo'"),
    ],
)
def test_bad_markers_are_named_by_line(tmp_path, text, words):
    path = tmp_path / "README.md"
    path.write_text(text)
    with pytest.raises(ValueError) as caught:
        find_markers(path)
    assert words in str(caught.value)


def test_marked_files_are_the_top_readme_and_those_of_configs(layout):
    for name in ("README.md", "configs/net/README.md", "tools/README.md"):
        (layout.root / name).write_text("x")
    assert [p.relative_to(layout.root).as_posix() for p in marked_files(layout)] == [
        "README.md",
        "configs/net/README.md",
    ]
