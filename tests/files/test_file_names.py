import unicodedata

import pytest

from seg_plugins.files.file_names import files_below, name_key, names_by_stem, read_list, require_one_each

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_finds_files_of_any_capitals_and_passes_over_what_systems_leave(tmp_path):
    touch(
        tmp_path, "a.jpg", "B.JPG", "d/c.Png", "x .png", "._a.jpg", ".DS_Store", "Thumbs.db", "__MACOSX/a.jpg"
    )
    touch(tmp_path, ".ipynb_checkpoints/a-checkpoint.jpg", "notes.txt")
    assert files_below(tmp_path) == ["B.JPG", "a.jpg", "d/c.Png", "x .png"]
    assert files_below(tmp_path, ["c.PNG"]) == ["d/c.Png"]


def test_links_to_folders_are_followed_but_not_in_circles(tmp_path):
    touch(tmp_path, "s/a.png", "disk2/b.png")
    (tmp_path / "s/day2").symlink_to(tmp_path / "disk2")
    (tmp_path / "disk2/back").symlink_to(tmp_path / "s")
    (tmp_path / "s/c.png").symlink_to(tmp_path / "disk2/b.png")
    (tmp_path / "s/lost.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "s/itself").symlink_to(tmp_path / "s/itself")
    assert files_below(tmp_path / "s") == ["a.png", "c.png", "day2/b.png", "lost.png"]


def test_names_are_compared_whatever_the_form_of_their_letters():
    assert name_key(f"{DECOMPOSED}.PNG") == f"{COMPOSED}.png"
    found = names_by_stem([f"{COMPOSED}.jpg", f"{DECOMPOSED}.png"], (".jpg", ".png"))
    assert found == {COMPOSED: [f"{COMPOSED}.jpg", f"{DECOMPOSED}.png"]}
    with pytest.raises(ValueError, match=r"2 images in x share their name.* a\.jpg and a\.png"):
        require_one_each({"a": ["a.jpg", "a.png"], "b": ["b.jpg", "b.JPG"]}, "x", "images")


def test_the_longest_suffix_counts():
    assert names_by_stem(["a_mask.png"], (".png", "_mask.png")) == {"a": ["a_mask.png"]}


@pytest.mark.parametrize(
    "content, known, stems",
    [
        (b"a\nb\n", "ab", ["a", "b"]),
        (b"\xef\xbb\xbfa\r\n\r\nb", "ab", ["a", "b"]),
        (b"sub\\a\r\n", ["sub/a"], ["sub/a"]),
        (b"a \n b\n", ["a ", "b"], ["a ", "b"]),
        (DECOMPOSED.encode(), [COMPOSED], [COMPOSED]),
        (b"a\nmissing\n", "a", ["a", "missing"]),
    ],
)
def test_lists_of_every_system(tmp_path, content, known, stems):
    (tmp_path / "l.txt").write_bytes(content)
    assert read_list(tmp_path / "l.txt", known) == stems


def test_a_list_that_is_no_text_is_named(tmp_path):
    (tmp_path / "l.txt").write_bytes(b"\xff\xfea\0")
    with pytest.raises(ValueError, match=r"l\.txt is not UTF-8"):
        read_list(tmp_path / "l.txt", "a")
