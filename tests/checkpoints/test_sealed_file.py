import errno
import hashlib
import os
import resource
import shutil
import struct
import subprocess
import sys
import zipfile
from contextlib import contextmanager

import pytest
import torch

from seg_plugins.checkpoints import sealed_file as checkpoint_file
from seg_plugins.checkpoints.sealed_file import (
    corruption,
    find_whole,
    mark_start,
    remove_unfinished,
    write_checkpoint,
    written_at,
)


def weights(value=1.0, size=1000):
    return {"state_dict": {"w": torch.full((size,), value)}, "meta": {"iter": 3}}


@contextmanager
def largest_file(size):
    """The kernel refuses to let a file of this process grow beyond ``size`` bytes, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_any_torch_program_reads_it(tmp_path):
    write_checkpoint(weights(2.0), tmp_path / "new" / "iter_3.pth")
    for mmap in (False, True):
        loaded = torch.load(tmp_path / "new" / "iter_3.pth", weights_only=True, mmap=mmap)
        assert torch.equal(loaded["state_dict"]["w"], torch.full((1000,), 2.0))
    assert zipfile.ZipFile(tmp_path / "new" / "iter_3.pth").testzip() is None


def test_the_checksum_is_that_of_the_archive_without_its_comment(tmp_path):
    path = tmp_path / "iter_3.pth"
    write_checkpoint(weights(), path)
    comment = zipfile.ZipFile(path).comment
    archive = path.read_bytes()[: -len(comment) - 2] + struct.pack("<H", 0)
    assert hashlib.sha256(archive).hexdigest() in comment.decode()
    path.write_bytes(archive)
    assert torch.load(path, weights_only=True)["meta"] == {"iter": 3}


def test_every_flipped_byte_is_damage(tmp_path):
    path = tmp_path / "iter_3.pth"
    write_checkpoint(weights(), path)
    whole = path.read_bytes()
    assert corruption(path) is None
    date = len(whole) - 20  # only the date of writing is outside the sum
    for place in [*range(0, date, 97), *range(date - 140, date)]:
        broken = bytearray(whole)
        broken[place] ^= 1 << place % 8
        path.write_bytes(broken)
        assert corruption(path) is not None, place


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 0.9999])
def test_every_cut_is_damage(tmp_path, share):
    path = tmp_path / "iter_3.pth"
    write_checkpoint(weights(), path)
    os.truncate(path, int(path.stat().st_size * share))
    assert "cut short" in corruption(path)


def test_a_checkpoint_of_another_program_is_judged_by_its_own_sums(tmp_path):
    path = tmp_path / "iter_3.pth"
    torch.save(weights(), path)
    assert corruption(path) is None
    content = bytearray(path.read_bytes())
    content[content.find(struct.pack("<f", 1.0) * 8) + 5] ^= 1
    path.write_bytes(content)
    assert "is damaged" in corruption(path)


def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "iter_3.pth"
    write_checkpoint(weights(1.0), path)
    with largest_file(20_000), pytest.raises(OSError, match=r"iter_3\.pth .* make room.*--resume") as caught:
        write_checkpoint(weights(2.0, 100_000), path)
    assert caught.value.errno == errno.EFBIG
    assert corruption(path) is None
    assert torch.load(path, weights_only=True)["state_dict"]["w"][0] == 1
    assert os.listdir(tmp_path) == ["iter_3.pth"]


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no memory file system")
def test_a_file_system_without_room(tmp_path):
    """Needs the right to mount; without it, the limit on the size of a file stands in."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a file system needs root")
    try:
        write_checkpoint(weights(1.0), tmp_path / "iter_3.pth")
        with pytest.raises(OSError, match="No space left"):
            write_checkpoint(weights(2.0, 200_000), tmp_path / "iter_6.pth")
        assert find_whole(tmp_path) == (tmp_path / "iter_3.pth", {})
        assert os.listdir(tmp_path) == ["iter_3.pth"]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_the_name_appears_only_after_the_content_is_on_disk(tmp_path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(checkpoint_file.os, "fsync", lambda fd: (calls.append("fsync"), fsync(fd)))
    monkeypatch.setattr(checkpoint_file.os, "replace", lambda a, b: (calls.append("replace"), replace(a, b)))
    write_checkpoint(weights(), tmp_path / "iter_3.pth")
    assert calls == ["fsync", "replace", "fsync"]


def test_the_newest_whole_one_is_found(tmp_path):
    for step in (8, 9, 10):
        write_checkpoint(weights(step), tmp_path / f"iter_{step}.pth")
    shutil.copy(tmp_path / "iter_10.pth", tmp_path / "best_mIoU_iter_99.pth")
    os.truncate(tmp_path / "iter_10.pth", 700)
    os.utime(tmp_path / "iter_8.pth")  # a copy's date says nothing: the file knows when it was written
    found, skipped = find_whole(tmp_path)
    assert found == tmp_path / "iter_9.pth"
    assert list(skipped) == [tmp_path / "iter_10.pth"]
    assert "cut short" in skipped[tmp_path / "iter_10.pth"]


def test_newest_means_written_last_not_trained_longest(tmp_path):
    write_checkpoint(weights(), tmp_path / "iter_900.pth")
    write_checkpoint(weights(), tmp_path / "iter_20.pth")
    assert written_at(tmp_path / "iter_20.pth") > written_at(tmp_path / "iter_900.pth")
    assert find_whole(tmp_path)[0].name == "iter_20.pth"


def test_a_start_whose_note_is_empty_counts_by_its_date(tmp_path):
    """A file system may lose what it held when the machine goes down."""
    write_checkpoint(weights(), tmp_path / "iter_1.pth")
    mark_start(tmp_path)
    os.truncate(tmp_path / ".run_started", 0)
    assert find_whole(tmp_path)[0] is None
    write_checkpoint(weights(), tmp_path / "iter_2.pth")
    assert find_whole(tmp_path) == (tmp_path / "iter_2.pth", {})


def test_newest_is_not_a_matter_of_the_hosts_clock(tmp_path, monkeypatch):
    """A requeued run continues, and another starts from scratch, on hosts whose clocks lag behind."""
    write_checkpoint(weights(), tmp_path / "iter_3.pth")
    (tmp_path / "latest.pth").symlink_to("gone.pth")  # others may keep what they like beside
    late = checkpoint_file.time.time_ns() - 300 * 10**9
    monkeypatch.setattr(checkpoint_file.time, "time_ns", lambda: late)
    write_checkpoint(weights(), tmp_path / "iter_6.pth")
    assert find_whole(tmp_path) == (tmp_path / "iter_6.pth", {})
    mark_start(tmp_path)
    assert find_whole(tmp_path)[0] is None
    write_checkpoint(weights(), tmp_path / "iter_3.pth")
    assert find_whole(tmp_path)[0] == tmp_path / "iter_3.pth"


def test_nothing_to_find(tmp_path):
    assert find_whole(tmp_path) == (None, {})


def test_killed_while_writing(tmp_path):
    """SIGKILL in the middle of a write: the old file stands, the remains are not taken for a checkpoint."""
    write_checkpoint(weights(1.0), tmp_path / "iter_3.pth")
    program = (
        "import os, signal, torch, seg_plugins.checkpoints.sealed_file as c\n"
        "c.os.replace = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"c.write_checkpoint({{'w': torch.zeros(9)}}, {str(tmp_path / 'iter_3.pth')!r})"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert len(os.listdir(tmp_path)) == 2
    assert find_whole(tmp_path) == (tmp_path / "iter_3.pth", {})
    assert len(remove_unfinished(tmp_path)) == 1
    assert os.listdir(tmp_path) == ["iter_3.pth"]
