"""Prediction on a video frame by frame, with the time of each step of each frame."""

import csv
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import cv2
import numpy as np

from seg_plugins.files.atomic import atomic_path
from seg_plugins.progress import track

from .maps import Prediction

__all__ = ["VIDEO_SUFFIXES", "check_name", "predict_video", "read_frames"]

VIDEO_SUFFIXES = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".webm")
CONTAINERS = (  # first bytes of AVI, Matroska and WebM, MPEG, MP4 and QuickTime files
    rb"RIFF.{4}AVI |\x1aE\xdf\xa3|\0\0\x01[\xb3\xba]|G.{187}G|.{4}(?:ftyp|moov|mdat|wide|free|skip|pnot)"
)


def open_video(path: Path) -> cv2.VideoCapture:
    """Open a video file.

    FFmpeg goes by the content, not by the name, and also reads lists of other files and of addresses. OpenCV
    interprets names with numbers as patterns. So the file has to begin like a video, and its name is a path.

    Raises:
        ValueError: The file is not a video.
    """
    with open(path, "rb") as file:
        begins = re.match(CONTAINERS, file.read(256), re.DOTALL)
    if not begins:
        kinds = "AVI, MKV, MP4, MOV, MPEG or WebM"
        raise ValueError(f"{path}: no frame of a video can be read from it: it is not a video file ({kinds})")
    known = cv2.CAP_FFMPEG in cv2.videoio_registry.getStreamBackends()
    return cv2.VideoCapture(os.path.abspath(path), cv2.CAP_FFMPEG if known else cv2.CAP_ANY)


def read_frames(path: Path) -> Iterator[tuple[np.ndarray, float]]:
    """Yield frames (H, W, 3) uint8 RGB with the milliseconds that decoding took.

    Raises:
        ValueError: The file holds no video that OpenCV can read.
    """
    capture = open_video(path)
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
    """Return frames per second (25 if the file does not state it) and the number of frames (0 likewise)."""
    capture = open_video(path)
    rate, count = capture.get(cv2.CAP_PROP_FPS), int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    capture.release()
    return rate or 25.0, max(count, 0)


@contextmanager
def overlay_video(path: Path, rate: float) -> Iterator[Callable[[np.ndarray, Prediction], None]]:
    """Yield a function that adds a frame and its prediction to an overlay, which appears when it is complete.

    Args:
        path: The MPEG-4 file.
        rate: Frames per second.

    Raises:
        ValueError: The system's OpenCV cannot write MPEG-4.
        OSError: The file was not written completely.
    """
    writer, frames = cv2.VideoWriter(), 0
    with atomic_path(path) as unfinished:

        def add(frame: np.ndarray, result: Prediction) -> None:
            nonlocal frames
            if not frames:
                writer.open(str(unfinished), cv2.VideoWriter_fourcc(*"mp4v"), rate, frame.shape[1::-1])
                if not writer.isOpened():
                    raise ValueError(f"{path}: this build of OpenCV cannot write MPEG-4 video")
            writer.write(result.overlay[..., ::-1].copy())
            frames += 1

        try:
            yield add
        finally:
            writer.release()
        if frames and (not unfinished.stat().st_size or frame_rate(unfinished)[1] < frames):
            raise OSError(f"{path}: was not written completely; is the disk full?")


def predict_video(
    path: Path,
    target: Path,
    predict: Callable[[np.ndarray], Prediction],
    each: Callable[[int, Prediction], None],
    overlay: bool = True,
) -> float:
    """Write `<target>_timing.csv` (milliseconds to read, predict and write) and `<target>_overlay.mp4`.

    If fewer frames can be read than the file states, a warning says so.

    Args:
        path: The video.
        target: Path of the results without suffix.
        predict: Function that segments a frame.
        each: Function that is called with the number and the prediction of each frame.
        overlay: Whether to write the overlay.

    Returns:
        Mean milliseconds of a prediction.

    Raises:
        ValueError: No frame can be read, a name is not UTF-8, or the system's OpenCV cannot write MPEG-4.
        OSError: The overlay was not written completely.
    """
    check_name(path)
    check_name(target)
    rate, count = frame_rate(path)
    rows: list[tuple[int, float, float, float]] = []
    with ExitStack() as files:
        add = (
            files.enter_context(overlay_video(target.with_name(f"{target.name}_overlay.mp4"), rate))
            if overlay
            else None
        )
        for number, (frame, reading) in enumerate(track(read_frames(path), path.name, total=count)):
            start = time.perf_counter()
            result = predict(frame)
            predicted = time.perf_counter()
            if add is not None:
                add(frame, result)
            each(number, result)
            written = time.perf_counter()
            rows.append((number, reading, (predicted - start) * 1000, (written - predicted) * 1000))
    write_times(target.with_name(f"{target.name}_timing.csv"), rows)
    if len(rows) < count:
        missing = f"{len(rows)} of {count} frames could be read; is the file damaged?"
        print(f"warning: {path}: {missing}", file=sys.stderr)
    return sum(row[2] for row in rows) / len(rows)


def check_name(path: Path) -> None:
    """Refuse names that GDAL cannot open, and at which OpenCV aborts the program.

    Raises:
        ValueError: The name is not UTF-8.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ValueError(f"{path}: videos and maps need a UTF-8 name: rename the file") from None


def write_times(target: Path, rows: Sequence[tuple[int, float, float, float]]) -> None:
    """Write the number of each frame and its milliseconds as CSV."""
    with atomic_path(target) as table, open(table, "w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("frame", "read_ms", "predict_ms", "write_ms"))
        lines.writerows((n, *(f"{t:.2f}" for t in times)) for n, *times in rows)
