import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from seg_plugins.files.atomic import atomic_path, locked, write_json


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "metrics.json"
    write_json(target, {"mIoU": np.float32(0.5), "iou": torch.tensor([1, 2])})
    with pytest.raises(RuntimeError), atomic_path(target) as path:
        path.write_text("half")
        raise RuntimeError
    assert json.loads(target.read_text()) == {"mIoU": 0.5, "iou": [1, 2]}
    assert list(tmp_path.iterdir()) == [target]


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
