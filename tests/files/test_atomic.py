import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from seg_plugins.files.atomic import (
    atomic_path,
    locked,
    unfinished_files,
    write_bytes,
    write_json,
    write_text,
)


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "metrics.json"
    write_json(target, {"mIoU": np.float32(0.5), "iou": torch.tensor([1, 2])})
    with pytest.raises(RuntimeError), atomic_path(target) as path:
        path.write_text("half")
        raise RuntimeError
    assert json.loads(target.read_text()) == {"mIoU": 0.5, "iou": [1, 2]}
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_replaced_whole_in_a_folder_that_is_made(tmp_path, durable):
    target = tmp_path / "new" / "a.txt"
    write_text(target, "ä", durable)
    write_bytes(target, b"two", durable)
    assert target.read_bytes() == b"two" and list(target.parent.iterdir()) == [target]


def test_an_error_names_the_file_that_was_wanted(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError) as found:
        write_text(tmp_path / "file" / "a.txt", "x")
    assert str(tmp_path / "file") in str(found.value)

    def full(self, target):
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match=r"No space left.*/a\.txt'$"):
        write_text(tmp_path / "a.txt", "x")
    assert not (tmp_path / "a.txt").exists() and not list(unfinished_files(tmp_path))


def test_what_a_killed_process_leaves_is_found(tmp_path):
    (tmp_path / "below").mkdir()
    pid = os.fork()
    if not pid:
        with atomic_path(tmp_path / "below" / "a.png"):
            os._exit(0)
    os.waitpid(pid, 0)
    (left,) = unfinished_files(tmp_path)
    assert left.suffix == ".png" and left.name.startswith(".a.png.")


def test_a_locked_file_is_one_processes_at_a_time(tmp_path):
    target = tmp_path / "new" / "costs.json"
    ask = "import fcntl, sys; fcntl.flock(open(sys.argv[1], 'a'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    found = []
    for _ in range(2):
        with locked(target):
            lock = target.with_name(".costs.json.lock")
            command = [sys.executable, "-c", ask, str(lock)]
            found.append(subprocess.run(command, capture_output=True, check=False).returncode)
        found.append(subprocess.run(command, capture_output=True, check=False).returncode)
    assert found == [1, 0, 1, 0] and not target.exists()
