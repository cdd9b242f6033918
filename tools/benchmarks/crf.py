"""Compare DenseCRF with pydensecrf2 on CamVid: equal labels and the ratio of times, alternating per image.

Usage: python tools/benchmarks/crf.py [--data data/camvid] [--images 20] [--threads 2]

The scores are the ground truth, blurred and disturbed with a fixed seed. Needs the extra `crf-reference`.
"""

import argparse
import statistics
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from seg_plugins.postprocess.crf import dense_crf

CLASSES = 11


def scores(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return log-probabilities (K, H, W) float32 that mostly favour the labels (H, W)."""
    h, w = labels.shape
    one_hot = np.eye(CLASSES, dtype=np.float32)[np.where(labels < CLASSES, labels, 0)]
    noise = cv2.resize(rng.random((h // 8, w // 8, CLASSES)).astype(np.float32), (w, h))
    soft = cv2.GaussianBlur(one_hot, (0, 0), 6) + 0.3 * noise + 0.02
    return np.log(soft / soft.sum(-1, keepdims=True)).transpose(2, 0, 1).copy()


def reference(logits: np.ndarray, image: np.ndarray, settings: dict) -> np.ndarray:
    """Return labels (H, W) of pydensecrf2 with `dense_crf`'s settings."""
    import pydensecrf.densecrf as dcrf

    _, h, w = logits.shape
    kind = dict(kernel=dcrf.DIAG_KERNEL, normalization=dcrf.NORMALIZE_SYMMETRIC)
    crf = dcrf.DenseCRF2D(w, h, CLASSES)
    crf.setUnaryEnergy(-logits.reshape(CLASSES, -1))
    crf.addPairwiseGaussian(sxy=settings["gaussian_std"], compat=settings["gaussian_weight"], **kind)
    crf.addPairwiseBilateral(
        sxy=settings["position_std"],
        srgb=settings["colour_std"],
        rgbim=image,
        compat=settings["bilateral_weight"],
        **kind,
    )
    return np.array(crf.inference(settings["iterations"])).argmax(0).reshape(h, w)


def ours(logits: np.ndarray, image: np.ndarray, settings: dict) -> np.ndarray:
    """Return labels (H, W) of `dense_crf`."""
    photo = torch.from_numpy(image).permute(2, 0, 1)[None]
    return dense_crf(torch.from_numpy(logits)[None], photo, **settings)[0].argmax(0).numpy()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/camvid"), help="holds images/val, labels/val")
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rng = np.random.default_rng(0)
    paths = sorted((args.data / "images" / "val").glob("*.*"))[: args.images]
    if not paths:
        raise FileNotFoundError(
            f"{args.data / 'images' / 'val'}: no images; pass the data set's root as --data"
        )
    for name, settings in {
        "pydensecrf's example": dict(position_std=80.0, colour_std=13.0, bilateral_weight=10.0),
        "DeepLabv2's": dict(position_std=67.0, colour_std=3.0, bilateral_weight=4.0),
    }.items():
        settings = dict(iterations=10, gaussian_std=3.0, gaussian_weight=3.0) | settings
        equal, ratios, seconds = [], [], []
        for number, path in enumerate(paths):
            image = np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])
            labels = cv2.imread(str(args.data / "labels" / "val" / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE)
            logits = scores(labels, rng)
            times, found = {}, {}
            for run in (reference, ours) if number % 2 else (ours, reference):
                start = time.perf_counter(), time.process_time()
                found[run] = run(logits, image, settings)
                times[run] = time.perf_counter() - start[0], time.process_time() - start[1]
            equal.append(float((found[ours] == found[reference]).mean()))
            ratios.append([mine / theirs for mine, theirs in zip(times[ours], times[reference], strict=True)])
            seconds.append(times[ours][0])
        wall, processor = (statistics.median(x) for x in zip(*ratios, strict=True))
        print(
            f"{name}: {len(paths)} images {image.shape[0]}x{image.shape[1]}, {args.threads} threads, "
            f"equal labels mean {100 * statistics.mean(equal):.3f} % least {100 * min(equal):.3f} %, "
            f"{1000 * statistics.median(seconds):.0f} ms per image, "
            f"median time over pydensecrf2's: wall {wall:.2f}, processor {processor:.2f}"
        )


if __name__ == "__main__":
    main()
