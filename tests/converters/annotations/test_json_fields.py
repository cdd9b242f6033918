import codecs
import re

import pytest

from seg_plugins.converters.annotations.json_fields import Record, numbers, read_json, shortened
from seg_plugins.converters.converter import SourceError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_encoding_of_json_is_read(tmp_path, encoding):
    (tmp_path / "a.json").write_bytes('{"ü": [1]}'.encode(encoding))
    assert read_json(tmp_path / "a.json") == {"ü": [1]}


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff", b"[" * 100_000, b"{'a': 1}", codecs.BOM_UTF8, b"9" * 5000, b"\x00\x05\x16\x07"],
)
def test_what_is_no_json_is_named(tmp_path, data):
    (tmp_path / "a.json").write_bytes(data)
    with pytest.raises(SourceError, match=r"a\.json cannot be read"):
        read_json(tmp_path / "a.json")


def test_files_that_are_missing_are_named(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(SourceError, match=re.escape(f"{path} cannot be read")):
            read_json(path)


@pytest.mark.parametrize(
    "value", [None, 3, "12", [1, "2"], [True], [[1]], {}, [float("nan")], [1e999], [10**400]]
)
def test_lists_of_numbers(value):
    assert numbers([1, 2.5], "x").tolist() == [1, 2.5]
    with pytest.raises(SourceError, match=r"c\.json: points"):
        numbers(value, "c.json: points")


def test_fields_are_checked_and_named():
    record = Record.make(
        dict(a="x", b=" ", c="\ud800", d=3, e="07", f=2.0, g=True, h=None, i=[{}, 4]), "c.json: [5]"
    )
    assert record.text("a") == "x" and record.path("c") == "\ud800"
    assert record.text("a") == "x" and record.length("d") == 3 and record.length("none") is None
    assert [record.identity(key) for key in "adef"] == ["x", 3, 7, 2]
    for read, keys in (
        (record.text, "bcdz"),
        (record.path, "dz"),
        (record.length, "ag"),
        (record.identity, "ghz"),
        (record.records, "adz"),
    ):
        for key in keys:
            with pytest.raises(SourceError, match=rf"c\.json: \[5\].* '{key}'"):
                read(key)
    with pytest.raises(SourceError, match=r"c\.json: \[5\]: i\[1\] is 4"):
        record.records("i")


def test_values_are_shown_on_one_line():
    assert shortened("a\n\ud800") == r"'a\n\ud800'" and len(shortened("x" * 1000)) <= 41
