"""Timing of training steps: the two sides of `training.py`, their models, data and loop."""

import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner import IterBasedTrainLoop, Runner
from mmengine.structures import PixelData
from mmseg.registry import DATASETS, LOOPS, RUNNERS
from mmseg.structures import SegDataSample

import seg_plugins.register  # noqa: F401  (registers)
from seg_plugins.ops.cpu.freed_memory import keep_freed_memory

ROOT = Path(__file__).resolve().parents[2]
CLASSES = 19
NORM = dict(type="BN", requires_grad=True)


def deeplabv3plus(depth: int) -> dict[str, Any]:
    """Return upstream's DeepLabv3+ with ResNet-18 or -50 and output stride 8, without pretrained weights."""
    wide = 4 if depth >= 50 else 1
    common = dict(num_classes=CLASSES, norm_cfg=NORM, align_corners=False, dropout_ratio=0.1)
    return dict(
        type="EncoderDecoder",
        backbone=dict(
            type="ResNetV1c",
            depth=depth,
            num_stages=4,
            out_indices=(0, 1, 2, 3),
            dilations=(1, 1, 2, 4),
            strides=(1, 2, 1, 1),
            norm_cfg=NORM,
            norm_eval=False,
            style="pytorch",
            contract_dilation=True,
        ),
        decode_head=dict(
            type="DepthwiseSeparableASPPHead",
            in_channels=512 * wide,
            in_index=3,
            dilations=(1, 12, 24, 36),
            channels=512 if wide == 4 else 128,
            c1_in_channels=64 * wide,
            c1_channels=12 * wide,
            loss_decode=dict(type="CrossEntropyLoss"),
            **common,
        ),
        auxiliary_head=dict(
            type="FCNHead",
            in_channels=256 * wide,
            in_index=2,
            channels=64 * wide,
            num_convs=1,
            concat_input=False,
            loss_decode=dict(type="CrossEntropyLoss", loss_weight=0.4),
            **common,
        ),
        train_cfg=dict(),
        test_cfg=dict(mode="whole"),
    )


def unet(base: int) -> dict[str, Any]:
    """Return upstream's U-Net (`unet-s5-d16_fcn`) with any width, without its auxiliary head."""
    return dict(
        type="EncoderDecoder",
        backbone=dict(
            type="UNet",
            base_channels=base,
            strides=(1,) * 5,
            num_stages=5,
            enc_num_convs=(2,) * 5,
            dec_num_convs=(2,) * 4,
            downsamples=(True,) * 4,
            enc_dilations=(1,) * 5,
            dec_dilations=(1,) * 4,
            norm_cfg=NORM,
        ),
        decode_head=dict(
            type="FCNHead",
            in_channels=base,
            in_index=4,
            channels=base,
            num_convs=1,
            concat_input=False,
            num_classes=CLASSES,
            norm_cfg=NORM,
            loss_decode=dict(type="CrossEntropyLoss"),
        ),
        train_cfg=dict(),
        test_cfg=dict(mode="whole"),
    )


def model_config(name: str, size: tuple[int, int]) -> dict[str, Any]:
    """Return a model by name: `deeplabv3plus-rN`, `unet-tiny` (8 channels at full size) or `unet-c64`."""
    models = {"unet-tiny": (unet, 8), "unet-c64": (unet, 64)}
    models |= {f"deeplabv3plus-r{depth}": (deeplabv3plus, depth) for depth in (18, 50)}
    build, argument = models[name]
    normalise = dict(mean=[123.7, 116.3, 103.5], std=[58.4, 57.1, 57.4], bgr_to_rgb=True)
    preprocess = dict(type="SegDataPreProcessor", size=size, seg_pad_val=255, **normalise)
    return build(argument) | dict(data_preprocessor=preprocess)


def scene(index: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return a smooth random image (H, W, 3) uint8, and the class map (H, W) uint8 of its brightness."""
    coarse = np.random.default_rng(index).random((8, 8), dtype=np.float32)
    field = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC).clip(0, 0.999)
    image = np.stack([255 * field, 255 * field**2, 255 * (1 - field)], axis=-1).astype(np.uint8)
    return image, (CLASSES * field).astype(np.uint8)


@DATASETS.register_module()
class ScenesInMemory(torch.utils.data.Dataset):
    """Sixteen scenes as tensors in memory, so that only the step is timed."""

    METAINFO: ClassVar = dict(
        classes=tuple(map(str, range(CLASSES))), palette=[[i] * 3 for i in range(CLASSES)]
    )

    def __init__(self, size: tuple[int, int]) -> None:
        self.metainfo = self.METAINFO
        self.items = []
        for index in range(16):
            image, label = scene(index, size)
            data = PixelData(data=torch.from_numpy(label).long()[None])
            meta = dict(img_path=str(index), img_shape=size, ori_shape=size)
            inputs = torch.from_numpy(image).permute(2, 0, 1).contiguous()
            self.items.append(dict(inputs=inputs, data_samples=SegDataSample(gt_sem_seg=data, metainfo=meta)))

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.items[index]


def clock() -> float:
    """Return the time in seconds after the GPU has finished its work."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


@LOOPS.register_module()
class TimedTrainLoop(IterBasedTrainLoop):
    """Upstream's loop with a clock; with `bare`, a step without Runner and hooks follows every step."""

    def __init__(self, *args: Any, bare: bool = False, warm_up: int = 3, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bare, self.warm_up = bare, warm_up
        self.times: dict[str, list[float]] = dict(step=[], bare=[])

    def run_iter(self, data_batch: Any) -> None:
        """Time a step."""
        if self._iter == self.warm_up and torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        actions = [("step", super().run_iter)] + [("bare", self.bare_step)] * self.bare
        if self._iter % 2:
            actions.reverse()
        for kind, action in actions:
            begin = clock()
            action(data_batch)
            self.times[kind].append(clock() - begin)

    def bare_step(self, data_batch: Any) -> None:
        """Run a step as a training script without a framework does, in the same precision."""
        model, wrapper = self.runner.model, self.runner.optim_wrapper
        data = model.data_preprocessor(data_batch, True)
        dtype = getattr(wrapper, "cast_dtype", torch.float32)
        with torch.autocast(data["inputs"].device.type, dtype, enabled=dtype != torch.float32):
            losses = model(**data, mode="loss")
        sum(v for k, v in losses.items() if "loss" in k).backward()
        wrapper.optimizer.step()
        wrapper.optimizer.zero_grad()


def common_config(name: str, batch: int, size: tuple[int, int], work_dir: Path) -> dict[str, Any]:
    """Return the common config of both sides."""
    return dict(
        model=model_config(name, size),
        work_dir=str(work_dir),
        default_scope="mmseg",
        randomness=dict(seed=0),
        optim_wrapper=dict(
            type="OptimWrapper", optimizer=dict(type="SGD", lr=0.01, momentum=0.9, weight_decay=5e-4)
        ),
        param_scheduler=[dict(type="PolyLR", eta_min=1e-4, power=0.9, begin=0, end=10**4, by_epoch=False)],
        env_cfg=dict(
            cudnn_benchmark=True,
            mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
            dist_cfg=dict(backend="nccl"),
        ),
        train_dataloader=dict(
            batch_size=batch,
            num_workers=0,
            sampler=dict(type="InfiniteSampler", shuffle=True),
            dataset=dict(type="ScenesInMemory", size=size),
            collate_fn=dict(type="pseudo_collate"),
        ),
    )


def stock_runtime() -> dict[str, Any]:
    """Return upstream's default runtime (`configs/_base_/default_runtime.py`) and schedule hooks."""
    return dict(
        vis_backends=[dict(type="LocalVisBackend")],
        visualizer=dict(
            type="SegLocalVisualizer", vis_backends=[dict(type="LocalVisBackend")], name="visualizer"
        ),
        log_processor=dict(by_epoch=False),
        log_level="INFO",
        default_hooks=dict(
            timer=dict(type="IterTimerHook"),
            logger=dict(type="LoggerHook", interval=50, log_metric_by_epoch=False),
            param_scheduler=dict(type="ParamSchedulerHook"),
            sampler_seed=dict(type="DistSamplerSeedHook"),
            checkpoint=dict(type="CheckpointHook", by_epoch=False, interval=10**4),
            visualization=dict(type="SegVisualizationHook"),
        ),
    )


def our_runtime(fast: dict[str, Any] | bool) -> dict[str, Any]:
    """Return `configs/_base_/runtime.py` and the preset."""
    runtime = Config.fromfile(ROOT / "configs/_base_/runtime.py").to_dict()
    return dict(runtime, fast=fast)


def timed_run(cfg: dict[str, Any], steps: int, bare: bool) -> dict[str, Any]:
    """Train `steps` steps; return times in seconds and peak memory of a GPU in bytes (0 on a CPU).

    Our side needs the settings of `tools/train.py`, so each run has a separate process.
    """
    cfg = Config(cfg)
    if cfg.get("runner_type") and not torch.cuda.is_available():
        keep_freed_memory()
    cfg.train_cfg = dict(type="TimedTrainLoop", max_iters=steps + 4, bare=bare)
    cfg.experiment_name = cfg.visualizer.name = f"run-{time.monotonic_ns()}"
    cfg.log_level = "ERROR"
    runner = RUNNERS.build(cfg) if cfg.get("runner_type") else Runner.from_cfg(cfg)
    runner.train()
    peak = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0
    loop = runner.train_loop
    times = {kind: seconds[loop.warm_up :] for kind, seconds in loop.times.items()}
    return dict(times, peak=peak)


def alone(cfg: dict[str, Any], steps: int, bare: bool) -> dict[str, Any]:
    """Run `timed_run` in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(timed_run, cfg, steps, bare).result()


def time_steps(
    name: str, batch: int, size: tuple[int, int], steps: int, rounds: int, compiled: bool
) -> dict[str, Any]:
    """Alternate runs of both sides and of ours with bare steps between them."""
    fast = dict(compile=True) if compiled else True
    seconds: dict[str, list[float]] = dict(stock=[], fast=[], runner=[], bare=[])
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds):
            common = common_config(name, batch, size, Path(folder) / str(turn))
            stock = alone({**common, **stock_runtime()}, steps, bare=False)
            ours = alone({**our_runtime(fast), **common}, steps, bare=False)
            both = alone({**our_runtime(fast), **common}, steps, bare=True)
            for key, found in (
                ("stock", stock["step"]),
                ("fast", ours["step"]),
                ("runner", both["step"]),
                ("bare", both["bare"]),
            ):
                seconds[key] += found
            peaks = dict(stock=stock["peak"], fast=ours["peak"])
    median = {key: statistics.median(values) for key, values in seconds.items()}
    return dict(
        model=name,
        batch=batch,
        size=size,
        seconds=median,
        peak_bytes=peaks,
        images_per_second={k: batch / median[k] for k in ("stock", "fast")},
        speed_up=median["stock"] / median["fast"],
        memory_ratio=peaks["fast"] / peaks["stock"] if peaks["stock"] else None,
        runner_overhead=statistics.median(
            a / b for a, b in zip(seconds["runner"], seconds["bare"], strict=True)
        )
        - 1,
    )
