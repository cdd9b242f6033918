import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

import seg_plugins.inference.video as video_module
from seg_plugins.inference.maps import Prediction
from seg_plugins.inference.video import overlay_video, predict_video, read_frames
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
    (video,) = (tmp_path / "out").glob("discs_overlay.*")
    frames = [frame for frame, _ in read_frames(video)]
    assert len(frames) == 3 and frames[0].shape == (48, 64, 3)


@pytest.mark.parametrize("size", [(48, 64), (47, 63)], ids=str)
@pytest.mark.parametrize("rate", [5, 23.976, 29.97])
def test_an_overlay_is_of_a_kind_that_browsers_play(tmp_path, size, rate, capfd):
    """By the file's own words: VP9 in WebM, or H.264 in MP4. Colours survive, and nothing is said."""
    image = np.full((*size, 3), 200, np.uint8)
    labels = (np.indices(size)[1] > size[1] // 2).astype(np.uint8)
    result = Prediction(labels, None, None, image, ("background", "b"), None)
    with overlay_video(tmp_path / "a_overlay", rate) as add:
        for _ in range(7):
            add(result)
    (path,) = tmp_path.iterdir()
    assert (b"V_VP9" if path.suffix == ".webm" else b"avc1") in path.read_bytes()
    frames = [frame for frame, _ in read_frames(path)]
    assert len(frames) == 7 and frames[3].shape == (size[0] // 2 * 2, size[1] // 2 * 2, 3)
    assert np.abs(frames[3].astype(int) - result.overlay[: len(frames[3]), : frames[3].shape[1]]).mean() < 12
    captured = capfd.readouterr()
    assert captured.err == captured.out == ""


def test_without_a_code_that_browsers_play_the_fix_is_named(predictor, tmp_path, monkeypatch):
    monkeypatch.setattr(video_module, "PLAYABLE", (("NONE", ".mp4"),))
    with pytest.raises(ValueError, match="opencv-python-headless, or leave `overlay` out"):
        predict_video(write_video(tmp_path / "discs.mp4"), tmp_path / "o" / "d", predictor, lambda n, r: None)
    assert not (tmp_path / "o").exists() or list((tmp_path / "o").iterdir()) == []


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
    with pytest.raises(ValueError, match=r"list\.mp4: no frame .* it is not a video file"):
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
