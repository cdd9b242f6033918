"""What each part of the check does, in a process of its own: `measurements.py PART DEVICE QUICK`."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["MEASUREMENTS", "main"]

SIZE, TRIAL_SIZE, IMAGES = (512, 1024), (64, 128), 2
STOCK = {  # network: config of MMSegmentation, and of this project for a trial on a CPU
    "FCN-R50": ("fcn/fcn_r50-d8_4xb2-80k_cityscapes-512x1024.py", "fcn/fcn"),
    "DeepLabv3+-R50": (
        "deeplabv3plus/deeplabv3plus_r50-d8_4xb2-80k_cityscapes-512x1024.py",
        "deeplabv3plus/deeplabv3plus",
    ),
    "SegFormer-B2": ("segformer/segformer_mit-b2_8xb1-160k_cityscapes-1024x1024.py", "segformer/segformer"),
    "Segmenter-B": ("segmenter/segmenter_vit-b_mask_8xb1-160k_ade20k-512x512.py", "segmenter/segmenter"),
}


def stock_config(name: str, device: str) -> Path:
    """Return the config of a network of `STOCK`: upstream's, or on a CPU the small one of the family."""
    if device == "cuda":
        import mmseg

        return Path(mmseg.__file__).parent / ".mim" / "configs" / STOCK[name][0]
    from seg_plugins.files.package import shipped_folder

    return shipped_folder("configs") / f"{STOCK[name][1]}_tiny_1xb4-1k_synth-streets-128x256.py"


def passed(words: str, rows: list | None = None) -> dict[str, Any]:
    """Return the result of a part that holds."""
    return dict(state="passed", words=words, rows=rows or [])


def driver(device: str, quick: bool) -> dict[str, Any]:
    """Name the devices, the driver and the libraries."""
    import torch

    rows: list[list[Any]] = [["what", "found"], ["PyTorch", torch.__version__]]
    if device == "cpu":
        return passed(f"{torch.get_num_threads()} threads", [*rows, ["threads", torch.get_num_threads()]])
    rows += [["CUDA of PyTorch", str(torch.version.cuda)], ["cuDNN", str(torch.backends.cudnn.version())]]
    if torch.distributed.is_nccl_available():
        rows.append(["NCCL", ".".join(map(str, torch.cuda.nccl.version()))])
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    smi = subprocess.run(query, capture_output=True, text=True, check=False)
    rows.append(["driver", (smi.stdout.split() or ["nvidia-smi did not answer"])[0]])
    count = torch.cuda.device_count()
    for i in range(count):
        facts = torch.cuda.get_device_properties(i)
        what = f"{facts.name}, {facts.total_memory / 2**30:.1f} GiB, capability {facts.major}.{facts.minor}"
        rows.append([f"GPU {i}", what])
    kinds = {torch.cuda.get_device_name(i) for i in range(count)}
    mixed = f", of {len(kinds)} kinds: a step takes as long as on the slowest" if len(kinds) > 1 else ""
    return passed(f"{count} {'GPU' if count == 1 else 'GPUs'}{mixed}", rows)


def kernels(device: str, quick: bool) -> dict[str, Any]:
    """Compare products, convolutions and interpolation with the CPU, in every precision."""
    import torch
    import torch.nn.functional as F

    generator = torch.Generator().manual_seed(0)
    image = torch.randn(2, 32, 40, 48, generator=generator)
    weight = torch.randn(32, 32, 3, 3, generator=generator) / 17
    operators = {
        "product": lambda x, w: x.flatten(2) @ x.flatten(2).mT,
        "convolution": lambda x, w: F.conv2d(x, w, padding=1),
        "resizing": lambda x, w: F.interpolate(x, scale_factor=3, mode="bilinear"),
        "normalisation": lambda x, w: F.batch_norm(x, None, None, training=True),
        "attention": lambda x, w: F.scaled_dot_product_attention(x, x, x),
    }
    rows: list[list[Any]] = [["operator", "precision", "largest difference, relative"]]
    worst = True
    for name, operator in operators.items():
        expected = operator(image, weight)
        for dtype, bound in ((torch.float32, 5e-3), (torch.bfloat16, 5e-2), (torch.float16, 1e-2)):
            actual = operator(image.to(device, dtype), weight.to(device, dtype)).float().cpu()
            difference = float((actual - expected).abs().max() / expected.abs().max())
            worst = worst and difference <= bound
            rows.append([name, str(dtype).removeprefix("torch."), f"{difference:.1e}"])
    words = (
        "all agree" if worst else "a difference is above 5e-3 (float32), 5e-2 (bfloat16) or 1e-2 (float16)"
    )
    return dict(state="passed" if worst else "failed", words=words, rows=rows)


def step_speed(device: str, quick: bool) -> dict[str, Any]:
    """Measure every network as it stands in MMSegmentation, and with the fast preset."""
    from .step_speed import measure_steps

    size, steps = (SIZE, 8 if quick else 20) if device == "cuda" else (TRIAL_SIZE, 1)
    head = ["network", "stock, ms", "fast preset, ms", "times as fast", "stock, GiB", "preset, GiB", "share"]
    rows: list[list[Any]] = [head]
    for name in STOCK:
        path = stock_config(name, device)
        stock, fast = (measure_steps(path, f, device, size, IMAGES, steps) for f in (False, True))
        ratio = stock.milliseconds / fast.milliseconds
        memory = [None] * 3
        if stock.gibibytes and fast.gibibytes:
            memory = [stock.gibibytes, fast.gibibytes, fast.gibibytes / stock.gibibytes]
        rows.append([name, stock.milliseconds, fast.milliseconds, ratio, *memory])
    ratios = [row[3] for row in rows[1:]]
    what = f"{IMAGES} drawn images of {size[0]}x{size[1]} per step"
    return passed(f"{min(ratios):.2f} to {max(ratios):.2f} times as fast as stock; {what}", rows)


def device_tests(device: str, quick: bool) -> dict[str, Any]:
    """Run the tests marked gpu, if this is a checkout."""
    tests = Path(__file__).parents[2] / "tests"
    if not tests.is_dir():
        return dict(state="skipped", words="an installed package has no tests: run it in a checkout", rows=[])
    file = "tests/devices/test_gpu.py"
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", file]
    ran = subprocess.run(command, cwd=tests.parent, capture_output=True, text=True, check=False)
    lines = [line for line in ran.stdout.strip().splitlines() if line.strip()] or [ran.stderr[-300:]]
    failed = [[line] for line in lines if line.startswith("FAILED")]
    state = "passed" if ran.returncode == 0 else "failed"
    state = "skipped" if ran.returncode == 0 and " passed" not in lines[-1] else state
    return dict(state=state, words=lines[-1].strip("= "), rows=[["failed"], *failed] if failed else [])


def copying(device: str, quick: bool) -> dict[str, Any]:
    """Measure how much of a step the copy of a batch to the device takes."""
    import torch

    from .step_speed import drawn_batch, measure_steps, synchronise

    size, steps = (SIZE, 10) if device == "cuda" else (TRIAL_SIZE, 2)
    whole = measure_steps(stock_config("FCN-R50", device), True, device, size, IMAGES, steps).milliseconds
    rows: list[list[Any]] = [["memory of the batch", "copy, ms", "share of a step"]]
    for pinned in (False, True) if device == "cuda" else (False,):
        images = torch.stack(drawn_batch(IMAGES, size, 19)["inputs"])
        images = images.pin_memory() if pinned else images
        synchronise(device)
        start = time.perf_counter()
        for _ in range(steps):
            images.to(device, copy=True)
        synchronise(device)
        copy = 1000 * (time.perf_counter() - start) / steps
        rows.append(["pinned" if pinned else "pageable", copy, copy / whole])
    return passed(f"a step of FCN-R50 takes {whole:.1f} ms", rows)


def scaling(device: str, quick: bool) -> dict[str, Any]:
    """Compare the rate of all GPUs together with that of one."""
    import torch

    count = torch.cuda.device_count() if device == "cuda" else 1
    if count < 2:
        return dict(state="skipped", words="needs two GPUs", rows=[])
    from .scaling import images_per_second

    alone, together = (images_per_second(n, SIZE, IMAGES) for n in (1, count))
    rows = [["GPUs", "images per second", "share of linear"], [1, alone, 1.0]]
    rows.append([count, together, together / alone / count])
    return passed(f"{count} GPUs are {together / alone:.2f} times as fast as one", rows)


MEASUREMENTS = dict(
    driver=driver, kernels=kernels, step_speed=step_speed, device_tests=device_tests, copying=copying,
    scaling=scaling,
)  # fmt: skip


def main() -> None:
    """Make the part that the command line names, and print its result as one line of JSON."""
    name, device, quick = sys.argv[1:]
    print(json.dumps(MEASUREMENTS[name](device, quick == "1")))


if __name__ == "__main__":
    main()
