import json

import pytest

from seg_plugins.report.scalars import read_scalars
from seg_plugins.zoo.runs.progress import curve, last_progress, speed, thin


def log(work_dir, life, lines, tail=""):
    folder = work_dir / life / "vis_data"
    folder.mkdir(parents=True)
    (folder / "scalars.json").write_text("".join(json.dumps(line) + "\n" for line in lines) + tail)


def step(number, seconds=0.5, **more):
    return {"loss": 1.0 / number, "time": seconds, "step": number, **more}


def test_lives_are_joined_and_repeated_steps_count_once(tmp_path):
    log(tmp_path, "20260101_000000", [step(10), step(20), {"mIoU": 30.0, "step": 20}, step(30, 9.0)])
    log(tmp_path, "20260101_010000", [step(30), step(40), {"mIoU": 40.0, "step": 40}], tail='{"loss": 0.0')
    scalars = read_scalars(tmp_path)
    assert [x["step"] for x in scalars if "loss" in x] == [10, 20, 30, 40]
    assert curve(scalars, ("mIoU", "none")) == {"mIoU": [[20, 30.0], [40, 40.0]]}
    assert speed(scalars, 4) == {"images_per_second": 8.0, "train_seconds": 20.0}


def test_progress_is_read_from_the_newest_life(tmp_path):
    assert last_progress(tmp_path, 100, "mIoU").iteration == 0
    log(tmp_path, "20260101_000000", [step(n) for n in range(1, 2000)])
    log(tmp_path, "20260101_010000", [step(40), {"mIoU": 41.5, "step": 40}, step(60)], tail='{"los')
    progress = last_progress(tmp_path, 100, "mIoU")
    assert (progress.iteration, progress.total, progress.metric) == (60, 100, 41.5)
    assert progress.seconds_left == pytest.approx(20.0)


def test_gpu_memory_is_the_peak_and_nothing_is_made_up():
    assert speed([step(10, memory=100), step(20, memory=300)], 2)["gpu_memory_mib"] == 300
    assert speed([], 2) == {}


def test_thin_keeps_both_ends():
    assert thin([[i, i] for i in range(1000)])[::39] == [[0, 0], [999, 999]]
    assert len(thin([[i, i] for i in range(1000)])) == 40
