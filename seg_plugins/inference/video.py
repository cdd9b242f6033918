"""Segmenting a video frame by frame, with the time of each step of each frame."""

import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from seg_plugins.launch.atomic_files import atomic_path
from seg_plugins.ops.painting import blend, paint
from seg_plugins.progress import track

from .predictor import Prediction

__all__ = ["VIDEO_SUFFIXES", "predict_video", "read_frames"]

VIDEO_SUFFIXES = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".webm")


def read_frames(path: Path) -> Iterator[tuple[np.ndarray, float]]:
    """Frames (H, W, 3) uint8 RGB and the milliseconds that decoding each took.

    Raises:
        ValueError: The file holds no video that OpenCV can read.
    """
    capture = cv2.VideoCapture(str(path))
    try:
        count = 0
        while True:
            start = time.perf_counter()
            there, frame = capture.read()
            if not there:
                break
            count += 1
            yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), (time.perf_counter() - start) * 1000
        if not count:
            raise ValueError(f"{path}: no frame of a video can be read from it")
    finally:
        capture.release()


def frame_rate(path: Path) -> tuple[float, int]:
    """Frames per second (25 where the file does not say) and the number of frames (0 likewise)."""
    capture = cv2.VideoCapture(str(path))
    rate, count = capture.get(cv2.CAP_PROP_FPS), int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    capture.release()
    return rate or 25.0, max(count, 0)


def predict_video(
    path: Path,
    target: Path,
    predict: Callable[[np.ndarray], Prediction],
    each: Callable[[int, Prediction], None] | None = None,
) -> float:
    """Write `<target>_overlay.mp4` and `<target>_timing.csv` (milliseconds to read, predict and write).

    Args:
        path: The video.
        target: Path of the results without suffix.
        predict: Segments a frame.
        each: Called with the number and the prediction of each frame.

    Returns:
        Mean milliseconds of a prediction.

    Raises:
        ValueError: There is nothing to read, or the system's OpenCV cannot write MPEG-4.
        OSError: The overlay was not written whole.
    """
    rate, count = frame_rate(path)
    rows, writer = [], None
    overlay = target.with_name(f"{target.name}_overlay.mp4")
    with atomic_path(overlay) as unfinished:
        for number, (frame, reading) in enumerate(track(read_frames(path), path.name, total=count)):
            start = time.perf_counter()
            result = predict(frame)
            predicted = time.perf_counter()
            if writer is None:
                size = frame.shape[1], frame.shape[0]
                writer = cv2.VideoWriter(str(unfinished), cv2.VideoWriter_fourcc(*"mp4v"), rate, size)
                if not writer.isOpened():
                    raise ValueError(f"{overlay}: this build of OpenCV cannot write MPEG-4 video")
            writer.write(blend(frame, paint(result.labels, result.palette))[..., ::-1].copy())
            if each is not None:
                each(number, result)
            written = time.perf_counter()
            rows.append((number, reading, (predicted - start) * 1000, (written - predicted) * 1000))
        writer.release()
        if frame_rate(unfinished)[1] < len(rows):
            raise OSError(f"{overlay}: was not written whole; is the disk full?")
    with (
        atomic_path(target.with_name(f"{target.name}_timing.csv")) as table,
        open(table, "w", newline="") as file,
    ):
        lines = csv.writer(file)
        lines.writerow(("frame", "read_ms", "predict_ms", "write_ms"))
        lines.writerows((n, *(f"{t:.2f}" for t in times)) for n, *times in rows)
    return sum(row[2] for row in rows) / len(rows)
