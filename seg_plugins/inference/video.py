"""Prediction on a video frame by frame, with the time of each step of each frame."""

import csv
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from seg_plugins.files.atomic import atomic_path
from seg_plugins.progress import track

from .maps import Prediction

__all__ = ["VIDEO_SUFFIXES", "check_name", "predict_video", "read_frames"]

VIDEO_SUFFIXES = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".webm")
PLAYABLE = (("avc1", ".mp4"), ("VP90", ".webm"))  # H.264 and VP9
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
def quiet_errors() -> Iterator[None]:
    """Keep stderr silent, including messages that FFmpeg writes there itself about a missing codec."""
    try:
        kept = os.dup(2)
    except OSError:  # there is none
        yield
        return
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def opens(path: Path, codec: str, rate: float, size: tuple[int, int], writer: cv2.VideoWriter) -> bool:
    """Return whether OpenCV can write a video with this codec and size (W, H) to `path`."""
    with quiet_errors():
        return writer.open(str(path), cv2.VideoWriter_fourcc(*codec), rate, size)


def playable_codec(rate: float, size: tuple[int, int]) -> tuple[str, str]:
    """Return codec and suffix of a video that browsers play: H.264 if OpenCV can write it, else VP9.

    Args:
        rate: Frames per second.
        size: (W, H), even numbers.

    Raises:
        ValueError: OpenCV can write neither.
    """
    for codec, suffix in PLAYABLE:
        with TemporaryDirectory(prefix="video-") as folder:
            writer = cv2.VideoWriter()
            found = opens(Path(folder) / f"try{suffix}", codec, rate, size, writer)
            writer.release()
        if found:
            return codec, suffix
    raise ValueError(
        "this build of OpenCV can write neither H.264 nor VP9, which browsers play: install "
        "opencv-python-headless, or leave `overlay` out of --outputs"
    )


@contextmanager
def overlay_video(target: Path, rate: float) -> Iterator[Callable[[Prediction], None]]:
    """Yield a function that adds the overlay of a frame to a video, which appears when it is complete.

    Args:
        target: The video without its suffix, which is .mp4 for H.264 and .webm for VP9.
        rate: Frames per second.

    Raises:
        ValueError: OpenCV cannot write a video that browsers play.
        OSError: The file was not written completely.
    """
    writer, frames, unfinished = cv2.VideoWriter(), 0, None
    with ExitStack() as files:

        def add(result: Prediction) -> None:
            nonlocal frames, unfinished
            height, width = (n // 2 * 2 for n in result.labels.shape)  # the codecs take even sizes
            pixels = result.overlay[:height, :width, ::-1].copy()
            if unfinished is None:
                size = (width, height)
                codec, suffix = playable_codec(rate, size)
                path = target.with_name(target.name + suffix)
                unfinished = files.enter_context(atomic_path(path))
                if not opens(unfinished, codec, rate, size, writer):
                    raise OSError(f"{path}: cannot be written; is the disk full?")
            writer.write(pixels)
            frames += 1

        try:
            yield add
        finally:
            writer.release()
        if unfinished and (not unfinished.stat().st_size or frame_rate(unfinished)[1] < frames):
            raise OSError(f"{target.name}: the video was not written completely; is the disk full?")


def predict_video(
    path: Path,
    target: Path,
    predict: Callable[[np.ndarray], Prediction],
    each: Callable[[int, Prediction], None],
    overlay: bool = True,
) -> float:
    """Write `<target>_timing.csv` (milliseconds to read, predict and write) and the video `<target>_overlay`.

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
        ValueError: No frame can be read, a name is not UTF-8, or OpenCV cannot write H.264 or VP9.
        OSError: The overlay was not written completely.
    """
    check_name(path)
    check_name(target)
    rate, count = frame_rate(path)
    rows: list[tuple[int, float, float, float]] = []
    with ExitStack() as files:
        add = (
            files.enter_context(overlay_video(target.with_name(f"{target.name}_overlay"), rate))
            if overlay
            else None
        )
        for number, (frame, reading) in enumerate(track(read_frames(path), path.name, total=count)):
            start = time.perf_counter()
            result = predict(frame)
            predicted = time.perf_counter()
            if add is not None:
                add(result)
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
