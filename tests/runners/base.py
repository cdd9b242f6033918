"""What the tests of runs share: tiny data, a tiny config, a run in this process."""

from pathlib import Path

import numpy as np
from mmengine import Config
from mmengine.registry import RUNNERS
from PIL import Image

TINY = Path(__file__).parent / "tiny_config.py"


def write_data(root):
    """Twelve pictures of noise; the label is 1 where the smoothed red channel is bright."""
    noise = np.random.default_rng(0)
    for name in ("images", "labels"):
        (root / name).mkdir(parents=True)
    for i in range(12):
        image = noise.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        Image.fromarray(image).save(root / "images" / f"{i:02d}.png")
        Image.fromarray((image[..., 0] > 127).astype(np.uint8)).save(root / "labels" / f"{i:02d}.png")
    return root


def tiny(root, **options):
    """The tiny config on the data in ``root/data``, its work directory ``root/work``.

    Keys of ``options`` are dotted, with "__" for the dot.
    """
    if not (root / "data").exists():
        write_data(root / "data")
    cfg = Config.fromfile(TINY)
    for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
        cfg[loader].dataset.data_root = str(root / "data")
    cfg.work_dir = str(root / "work")
    cfg.merge_from_dict({key.replace("__", "."): value for key, value in options.items()})
    return cfg


def build(cfg):
    return RUNNERS.build(cfg)


def no_workers(cfg):
    """Load in this process: no test needs workers to test a file."""
    for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
        cfg[loader].update(num_workers=0, persistent_workers=False)
    return cfg
