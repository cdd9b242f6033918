import json

import numpy as np
import pytest
import torch

from seg_plugins.launch.atomic_files import atomic_path, write_json


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "metrics.json"
    write_json(target, {"mIoU": np.float32(0.5), "iou": torch.tensor([1, 2])})
    with pytest.raises(RuntimeError), atomic_path(target) as path:
        path.write_text("half")
        raise RuntimeError
    assert json.loads(target.read_text()) == {"mIoU": 0.5, "iou": [1, 2]}
    assert list(tmp_path.iterdir()) == [target]
