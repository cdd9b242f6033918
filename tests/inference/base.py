"""A short video."""

import cv2
import numpy as np

from tests.commands.base import draw_disc


def write_video(path, count=3):
    """A video of discs, 48 x 64 pixels, five frames a second."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 5, (64, 48))
    rng = np.random.default_rng(0)
    for _ in range(count):
        writer.write(draw_disc(rng, (48, 64))[0][..., ::-1].copy())
    writer.release()
    return path
