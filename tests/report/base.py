"""Records of made-up evaluations."""

import numpy as np

from seg_plugins.ops.confusion import class_areas, confusion_matrix
from seg_plugins.report.panels import Panel
from seg_plugins.report.run_record import RunRecord

CLASSES = ["road", "car <b>", "sky", "tree"]
PALETTE = np.array([[128, 64, 128], [0, 0, 142], [70, 130, 180], [107, 142, 35]], np.uint8)


def record(name="run", right=0.6, images=40, seed=0, classes=3):
    """`right`: share of pixels copied from the truth; the truth is the same for all records."""
    truth, noise = np.random.default_rng(7), np.random.default_rng(seed)
    matrices = []
    for _ in range(images):
        true = truth.integers(0, classes, 400)
        pred = np.where(noise.random(400) < right, true, noise.integers(0, classes, 400))
        matrices.append(confusion_matrix(pred, true, 4).matrix)
    bins = np.zeros((3, 15))
    bins[:, 10:] = [[100] * 5, [70, 75, 83, 90, 97], [60, 70, 80, 90, 99]]
    return RunRecord(
        name=name,
        classes=CLASSES,
        palette=PALETTE,
        images=[f"images/val/{i}.png" for i in range(images)],
        areas=class_areas(np.stack(matrices)),
        matrix=sum(matrices),
        calibration=bins,
        coverage=bins.copy(),
        metrics={"mIoU": 50.0, "aAcc": 60.0, "IoU.road": 51.0, "absent_classes": ["tree"]},
        about={"Config": "a & b.py"},
    )


def panel(name="a.png", score=12.5, confidence=True):
    rng = np.random.default_rng(0)
    true = rng.integers(0, 4, (20, 32))
    true[:3] = 255
    return Panel(
        name,
        score,
        rng.integers(0, 256, (20, 32, 3)).astype(np.uint8),
        true,
        rng.integers(0, 4, (20, 32)),
        rng.random((20, 32)).astype(np.float32) if confidence else None,
    )
