import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.config import Config

ROOT = Path(__file__).parents[2]
LEAF = "configs/unet/unet_s5-d16_4xb4-40k_drive-64x64.py"


def run(*arguments):
    return subprocess.run(
        [sys.executable, "tools/print_config.py", *arguments], cwd=ROOT, capture_output=True, text=True
    )


def test_the_resolved_config_can_be_saved_and_loaded(tmp_path):
    shown = run(LEAF, "--cfg-options", "train_dataloader.batch_size=3")
    assert shown.returncode == 0
    saved = tmp_path / "resolved.py"
    saved.write_text(shown.stdout)
    again, expected = Config.fromfile(saved), Config.fromfile(ROOT / LEAF)
    expected.train_dataloader.batch_size = 3
    assert again.to_dict() == expected.to_dict()


def test_the_difference_is_what_the_leaf_writes():
    shown = run(LEAF, "--diff")
    assert shown.returncode == 0
    changed = [line for line in shown.stdout.splitlines() if line[:2] in ("+ ", "- ", "~ ")]
    assert changed == [
        "+ model.auxiliary_head.num_classes: 2",
        "+ model.data_preprocessor.size: (64, 64)",
        "+ model.decode_head.num_classes: 2",
        "+ model.test_cfg.crop_size: (64, 64)",
        "~ model.test_cfg.mode: 'whole' -> 'slide'",
        "+ model.test_cfg.stride: (42, 42)",
    ]


@pytest.mark.parametrize("name", ["configs/unet/nothing.py"])
def test_a_missing_config_is_named(name):
    shown = run(name)
    assert shown.returncode == 2
    assert name in shown.stderr
