"""Time and memory of training steps: a config as it stands, and with the fast preset."""

import copy
import logging
import statistics
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import HOOKS, MODELS
from mmseg.structures import SegDataSample

import seg_plugins.register  # noqa: F401 (registers)
from seg_plugins.optim.fast_preset import expand_fast

__all__ = ["Speed", "drawn_batch", "measure_steps", "prepare_step", "synchronise"]


PRESET = ("ChannelsLastHook", "ChunkedLossHook")


class Speed(NamedTuple):
    """Median time of a step in milliseconds, and the peak of memory in GiB (None on a CPU)."""

    milliseconds: float
    gibibytes: float | None


def drawn_batch(images: int, size: tuple[int, int], classes: int) -> dict[str, Any]:
    """Return a batch of random uint8 images (3, H, W) with random label maps of blocks."""
    generator = torch.Generator().manual_seed(0)
    inputs, samples = [], []
    for _ in range(images):
        inputs.append(torch.randint(0, 256, (3, *size), generator=generator).byte())
        blocks = torch.randint(0, classes, (1, 1, 8, 8), generator=generator).float()
        label = torch.nn.functional.interpolate(blocks, size=size)[0].long()
        meta = dict(img_shape=size, ori_shape=size, pad_shape=size)
        samples.append(SegDataSample(gt_sem_seg=PixelData(data=label), metainfo=meta))
    return dict(inputs=inputs, data_samples=samples)


def synchronise(device: str) -> None:
    """Wait until the device has done everything."""
    if device == "cuda":
        torch.cuda.synchronize()


def prepare_step(cfg: Config, fast: bool, device: str, size: tuple[int, int]) -> tuple[Any, Any]:
    """Build the network and the optimiser of a config, without pretrained weights.

    Args:
        cfg: A complete config; not changed.
        fast: Whether to train with the fast preset, else without it.
        device: Where to train.
        size: Height and width of the images.

    Returns:
        The model in training mode, and its optimiser wrapper.
    """
    init_default_scope("mmseg")
    cfg = copy.deepcopy(cfg)
    cfg.fast = fast
    expand_fast(cfg)
    cfg.model.data_preprocessor.size = size
    torch.manual_seed(0)
    model = revert_sync_batchnorm(MODELS.build(cfg.model)).to(device).train()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    logger = logging.getLogger("gpu_check")
    run = SimpleNamespace(model=model, logger=logger, optim_wrapper=wrapper)
    for hook in cfg.get("custom_hooks") or []:
        if hook["type"] in PRESET:
            HOOKS.build(hook).before_train(run)
    return model, wrapper


def measure_steps(
    path: Path, fast: bool, device: str, size: tuple[int, int], images: int, steps: int
) -> Speed:
    """Train on drawn data and measure.

    Args:
        path: A config.
        fast: Whether to train with the fast preset.
        device: "cuda" or "cpu".
        size: Height and width of the images.
        images: Images per step.
        steps: Steps that are measured, after half as many that are not.
    """
    cfg = Config.fromfile(path)
    model, wrapper = prepare_step(cfg, fast, device, size)
    classes = cfg.model.decode_head.num_classes
    batch = drawn_batch(images, size, classes)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    times = []
    for _ in range(steps + (steps + 1) // 2):
        synchronise(device)
        start = time.perf_counter()
        model.train_step(batch, wrapper)
        synchronise(device)
        times.append(1000 * (time.perf_counter() - start))
    peak = torch.cuda.max_memory_allocated() / 2**30 if device == "cuda" else None
    return Speed(statistics.median(times[-steps:]), peak)
