import csv
from pathlib import Path

import cv2
import numpy as np
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
    assert list(tmp_path.glob("out/*")) == []


@pytest.mark.parametrize(
    "content",
    [
        "ffconcat version 1.0\nfile discs.avi\n",
        "#EXTM3U\n#EXTINF:1,\ndiscs.avi\n#EXT-X-ENDLIST\n",
        "v=0\n",
        "",
    ],
)
def test_a_list_of_other_files_is_no_video(tmp_path, content):
    write_video(tmp_path / "discs.avi")
    (tmp_path / "list.mp4").write_text(content)
    with pytest.raises(ValueError, match=r"list\.mp4: no frame .* is no AVI, MKV"):
        next(read_frames(tmp_path / "list.mp4"))


def test_a_name_is_no_pattern_and_no_address(tmp_path, monkeypatch):
    """`v%d.mp4` is a file of that name; pictures that are numbered are no video."""
    for number in range(3):
        cv2.imwrite(str(tmp_path / "x.png"), np.zeros((8, 8, 3), np.uint8))
        (tmp_path / "x.png").rename(tmp_path / f"v{number}.mp4")
    with pytest.raises(FileNotFoundError):
        next(read_frames(tmp_path / "v%d.mp4"))
    with pytest.raises(ValueError, match=r"v0\.mp4: no frame"):
        next(read_frames(tmp_path / "v0.mp4"))
    monkeypatch.chdir(tmp_path)
    for name in ("v%d.mp4", "concat:a.mp4"):
        write_video(tmp_path / "a.mp4").rename(tmp_path / name)
        assert len(list(read_frames(Path(name)))) == 3


@pytest.mark.parametrize(
    "suffix, codec", [("mkv", "mp4v"), ("webm", "VP80"), ("mov", "mp4v"), ("avi", "MJPG")]
)
def test_each_kind_of_video_is_known(tmp_path, suffix, codec):
    path = str(tmp_path / f"v.{suffix}")
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*codec), 5, (64, 48))
    if not writer.isOpened():
        pytest.skip(f"this OpenCV writes no {suffix}")
    writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    assert len(list(read_frames(Path(path)))) == 1


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
        with pytest.raises(ValueError, match="need a UTF-8 name: rename the file"):
            predict_video(source, target, predictor, lambda n, r: None)
