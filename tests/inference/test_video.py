import csv

import cv2
import numpy as np
import pytest

from seg_plugins.inference.video import predict_video, read_frames
from tests.launch.base import draw_disc


def test_each_frame_is_segmented_and_timed(predictor, tmp_path):
    path = tmp_path / "discs.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 5, (64, 48))
    rng = np.random.default_rng(0)
    for _ in range(3):
        writer.write(draw_disc(rng, (48, 64))[0][..., ::-1].copy())
    writer.release()
    seen = []
    mean = predict_video(
        path, tmp_path / "out" / "discs", predictor, lambda n, r: seen.append((n, r.labels.shape))
    )
    assert seen == [(n, (48, 64)) for n in range(3)]
    rows = list(csv.DictReader((tmp_path / "out/discs_timing.csv").read_text().splitlines()))
    assert len(rows) == 3 and mean == pytest.approx(sum(float(r["predict_ms"]) for r in rows) / 3, abs=0.01)
    assert len(list(read_frames(tmp_path / "out/discs_overlay.mp4"))) == 3


def test_no_video_is_refused_and_leaves_nothing(predictor, tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    with pytest.raises(ValueError, match=r"bad\.mp4: no frame"):
        predict_video(tmp_path / "bad.mp4", tmp_path / "out" / "bad", predictor)
    assert list((tmp_path / "out").iterdir()) == []
