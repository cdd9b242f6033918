import csv

import pytest

from seg_plugins.inference.video import predict_video, read_frames
from tests.inference.base import write_video


def test_each_frame_is_segmented_and_timed(predictor, tmp_path):
    path = write_video(tmp_path / "discs.mp4")
    seen = []
    mean = predict_video(
        path, tmp_path / "out" / "discs", predictor, lambda n, r: seen.append((n, r.labels.shape))
    )
    assert seen == [(n, (48, 64)) for n in range(3)]
    rows = list(csv.DictReader((tmp_path / "out/discs_timing.csv").read_text().splitlines()))
    assert len(rows) == 3 and mean == pytest.approx(sum(float(r["predict_ms"]) for r in rows) / 3, abs=0.01)
    frames = [frame for frame, _ in read_frames(tmp_path / "out/discs_overlay.mp4")]
    assert len(frames) == 3 and frames[0].shape == (48, 64, 3)


def test_without_an_overlay_there_are_only_times(predictor, tmp_path):
    path = write_video(tmp_path / "discs.mp4")
    predict_video(path, tmp_path / "out" / "discs", predictor, lambda n, r: None, overlay=False)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["discs_timing.csv"]


def test_an_error_in_the_middle_leaves_nothing(predictor, tmp_path):
    def stop(number, result):
        if number:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        predict_video(write_video(tmp_path / "discs.mp4"), tmp_path / "out" / "discs", predictor, stop)
    assert list((tmp_path / "out").iterdir()) == []


def test_no_video_is_refused_and_leaves_nothing(predictor, tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    with pytest.raises(ValueError, match=r"bad\.mp4: no frame"):
        predict_video(tmp_path / "bad.mp4", tmp_path / "out" / "bad", predictor, lambda n, r: None)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_truncated_video_is_said_to_be_one(predictor, tmp_path, capsys):
    path = write_video(tmp_path / "discs.avi", 40)
    content = path.read_bytes()
    predict_video(path, tmp_path / "discs", predictor, lambda n, r: None, overlay=False)
    assert "warning" not in capsys.readouterr().err
    path.write_bytes(content[: len(content) // 2])
    predict_video(path, tmp_path / "discs", predictor, lambda n, r: None, overlay=False)
    read = len((tmp_path / "discs_timing.csv").read_text().splitlines()) - 1
    assert 0 < read < 40
    assert f"warning: {path}: {read} of 40 frames could be read" in capsys.readouterr().err


def test_a_name_that_breaks_opencv_is_refused(predictor, tmp_path):
    path = write_video(tmp_path / "discs.mp4")
    wrong = tmp_path / b"\xff.mp4".decode(errors="surrogateescape")
    for source, target in ((wrong, path), (path, wrong)):
        with pytest.raises(ValueError, match="need a name that is UTF-8: rename it"):
            predict_video(source, target, predictor, lambda n, r: None)
