import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from seg_plugins.hooks.report_hook import ReportHook, picture_of
from seg_plugins.report.run_record import RunRecord
from tests.loops.base import runner
from tests.models.base import pixels_of, write_image


def run_test(tmp_path, **arguments):
    run = runner(tmp_path, custom_hooks=[dict(type="ReportHook", **arguments)])
    return run, run.test()


def test_the_record_agrees_with_the_evaluator(tmp_path):
    run, metrics = run_test(tmp_path, worst=2, best=1)
    folder = Path(run.work_dir) / "report"
    record = RunRecord.load(run.work_dir)
    assert np.nanmean(record.scores()["IoU"]) == pytest.approx(metrics["mIoU"])
    assert record.metrics["mIoU"] == pytest.approx(metrics["mIoU"])
    assert record.images == [f"images/{i}.png" for i in range(4)]
    assert record.calibration[0].sum() == 4 * (32 // 4 - 1) * 48 // 4  # first of 8 rows unlabelled
    assert sorted(p.name for p in folder.glob("*.jpg")) == ["panel_best_1.jpg"] + [
        f"panel_worst_{i}.jpg" for i in (1, 2)
    ]
    page = (folder / "report.html").read_text()
    assert "confusion" in page.lower()
    assert all(f"<b>{word}</b>" in page for word in ("Date", "Data", "Versions", "Images"))


def test_panels_are_the_worst_and_best_in_order(tmp_path, monkeypatch):
    kept = {}
    monkeypatch.setattr(
        "seg_plugins.report.run_report.write_report",
        lambda r, w, b, *more: kept.update(record=r, worst=w, best=b),
    )
    run_test(tmp_path, worst=3, best=2)
    from seg_plugins.report.run_record import mean_iou

    scores = sorted(mean_iou(kept["record"].areas))
    assert [p.score for p in kept["worst"]] == pytest.approx(scores[:3])
    assert [p.score for p in kept["best"]] == pytest.approx(scores[::-1][:2])
    assert kept["worst"][0].image.std() > 10  # the picture itself, not the grey stand-in
    assert kept["worst"][0].confidence.shape == kept["worst"][0].true.shape


def test_validations_are_reported_by_config(tmp_path):
    run = runner(tmp_path, custom_hooks=[dict(type="ReportHook", on_val=True)])
    run.train()
    reports = sorted(p.parent.name for p in Path(run.work_dir).glob("report/*/report.html"))
    assert reports == ["val_iter_2", "val_iter_4"]


def test_no_reports_of_validations_by_default(tmp_path):
    run = runner(tmp_path, custom_hooks=[dict(type="ReportHook")])
    run.val()
    assert not (Path(run.work_dir) / "report").exists()


def test_samples_without_truth_or_file_are_no_obstacle(tmp_path):
    run, _ = run_test(tmp_path, worst=1, best=1)
    hook = ReportHook(worst=1, best=1, out_dir=str(tmp_path / "out"))
    hook.before_test_epoch(run)
    ids = torch.zeros(1, 6, 8, dtype=torch.int64)
    blind = SegDataSample(pred_sem_seg=PixelData(data=ids))
    gone = SegDataSample(
        pred_sem_seg=PixelData(data=ids), gt_sem_seg=PixelData(data=ids), metainfo=dict(img_path="gone.png")
    )
    hook.after_test_iter(run, 0, None, [blind, gone])
    hook.after_test_epoch(run, {"mIoU": 100.0})
    assert RunRecord.load(tmp_path / "out").images == ["gone.png"]
    hook.before_test_epoch(run)
    hook.after_test_iter(run, 0, None, [blind])
    hook.after_test_epoch(run, {})
    assert json.dumps(RunRecord.load(tmp_path / "out").images) == '["gone.png"]'


def test_pixels_that_were_refused_are_not_evaluated(tmp_path):
    run, _ = run_test(tmp_path, worst=1, best=1)
    hook = ReportHook(worst=1, best=1, out_dir=str(tmp_path / "out"))
    hook.before_test_epoch(run)
    true = torch.tensor([[[0, 0, 1, 1], [0, 0, 1, 1]]])
    pred = torch.tensor([[[255, 0, 1, 255], [1, 0, 1, 1]]])
    sample = SegDataSample(pred_sem_seg=PixelData(data=pred), gt_sem_seg=PixelData(data=true))
    hook.after_test_iter(run, 0, None, [sample])
    hook.after_test_epoch(run, {})
    matrix = RunRecord.load(tmp_path / "out").matrix
    assert matrix[:2, :2].tolist() == [[2, 1], [0, 3]] and matrix.sum() == 6


@pytest.mark.parametrize(
    "kind, channels, ending", [(np.uint8, 3, "png"), (np.uint16, 1, "png"), (np.float32, 7, "tif")]
)
def test_pictures_of_any_depth_and_channels_are_shown(tmp_path, kind, channels, ending):
    pixels = pixels_of(kind, channels)
    image = picture_of(str(write_image(tmp_path / f"x.{ending}", pixels)))
    assert image.shape == (48, 60, 3) and image.dtype == np.uint8 and np.ptp(image) > 150
    assert kind is not np.uint8 or (image == pixels).all()
    assert picture_of(str(tmp_path / "none.png")).tolist() == [[[128] * 3]]


def test_an_image_outside_the_data_root_keeps_its_whole_path(tmp_path):
    run, _ = run_test(tmp_path, worst=1, best=1)
    hook = ReportHook(worst=1, best=1, out_dir=str(tmp_path / "out"))
    hook.before_test_epoch(run)
    root, ids = hook._root, torch.zeros(1, 6, 8, dtype=torch.int64)
    for path in (f"{root}/images/a.png", f"{root}-2/my photos/b.png"):
        data = dict(pred_sem_seg=PixelData(data=ids), gt_sem_seg=PixelData(data=ids))
        hook.after_test_iter(run, 0, None, [SegDataSample(**data, metainfo=dict(img_path=path))])
    hook.after_test_epoch(run, {})
    assert RunRecord.load(tmp_path / "out").images == ["images/a.png", f"{root}-2/my photos/b.png"]


def test_the_report_shows_the_training_and_leads_to_the_predictions(tmp_path):
    maps = dict(type="LabelMapHook", out_dir=str(tmp_path / "my maps"))
    run = runner(tmp_path, custom_hooks=[dict(type="ReportHook", worst=0, best=0), maps])
    run.train()
    run.test()
    page = (Path(run.work_dir) / "report" / "report.html").read_text()
    assert "<h2>Training</h2>" in page and 'href="./../../my%20maps"' in page
