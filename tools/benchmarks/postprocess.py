"""Measure how each post-processing step changes the predictions of a trained model: quality and time.

Usage: python tools/benchmarks/postprocess.py CONFIG CHECKPOINT [--images N] [--out table.json]

Every step gets the same predictions of the test loader's data set. Temperatures are fitted on one half of
the images and measured on the other, both ways. "kept" is the fraction of labelled pixels, which the figures
refer to; "ms" is the median time of the step per image.
"""

import argparse
import contextlib
import io
import json
import statistics
import time
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import DATASETS, METRICS, MODELS
from mmseg.structures import SegDataSample

import seg_plugins.register  # noqa: F401  (registers)
from seg_plugins.checkpoints.fitting import load_weights
from seg_plugins.postprocess.prediction import BatchPrediction, build_steps
from seg_plugins.progress import track
from seg_plugins.segmentors.postprocess_mixin import original_image

STEPS = {
    "none": [],
    "DenseCRF": [dict(type="DenseCRF", bilateral_weight=4.0, position_std=67.0, colour_std=3.0)],
    "GuidedFilter": [dict(type="GuidedFilter", radius=4)],
    "BilateralFilter": [dict(type="BilateralFilter")],
    "SuperpixelRefinement": [dict(type="SuperpixelRefinement", weight=0.5)],
    "MaxFlowCut": [dict(type="MaxFlowCut", regions=dict(type="SlicRegions", segments=1200), smoothness=0.3)],
    "RandomWalker": [dict(type="RandomWalker", sure=0.8)],
    "Morphology remove_small": [dict(type="Morphology", operation="remove_small", size=40)],
    "Morphology open": [dict(type="Morphology", operation="open", size=3)],
    "ConfidenceThreshold 0.5": [dict(type="ConfidenceThreshold", threshold=0.5)],
    "TemperatureScaling": [dict(type="TemperatureScaling")],
}
UNKNOWN = 255
METRIC_TYPES = ("ConfusionMetric", "BoundaryMetric", "CalibrationMetric")
COLUMNS = ("mIoU", "mBF1", "aAcc", "ECE")


@torch.no_grad()
def predict(model: torch.nn.Module, item: dict) -> tuple[BatchPrediction, SegDataSample]:
    """Return the raw prediction of one item of the data set, at the size of its original image."""
    data = model.data_preprocessor(dict(inputs=[item["inputs"]], data_samples=[item["data_samples"]]), False)
    sample = model.predict(data["inputs"], data["data_samples"])[0]
    image = original_image(data["inputs"][0], sample, model.data_preprocessor)
    logits = sample.seg_logits.data.float()[None]
    return BatchPrediction(logits, logits.argmax(1), image[None]), sample


def as_sample(prediction: BatchPrediction, sample: SegDataSample) -> dict[str, Any]:
    """Return the fields that metrics read."""
    done = SegDataSample(metainfo=sample.metainfo)
    refused = prediction.labels == UNKNOWN  # not evaluated, so figures describe the kept pixels
    done.gt_sem_seg = PixelData(data=sample.gt_sem_seg.data.masked_fill(refused, UNKNOWN))
    done.seg_logits = PixelData(data=prediction.logits[0])
    done.pred_sem_seg = PixelData(data=prediction.labels.masked_fill(refused, 0))
    return done.to_dict()


def measure(model: torch.nn.Module, dataset: Any, count: int) -> dict[str, dict[str, float]]:
    """Measure the columns of every entry of `STEPS`."""
    chains = {name: [build_steps(configs) for _ in range(2)] for name, configs in STEPS.items()}
    temperatures = [chain[0] for chain in chains["TemperatureScaling"]]
    for index in track(range(count), "fitting temperatures", count):
        prediction, sample = predict(model, dataset[index])
        temperatures[1 - index % 2].fit_batch(prediction, sample.gt_sem_seg.data.long())
    print("temperatures:", [round(step.fit_end()["temperature"], 3) for step in temperatures])
    metrics = {name: [METRICS.build(dict(type=kind)) for kind in METRIC_TYPES] for name in STEPS}
    times: dict[str, list[float]] = {name: [] for name in STEPS}
    kept: dict[str, list[float]] = {name: [] for name in STEPS}
    for index in track(range(count), "post-processing", count):
        raw, sample = predict(model, dataset[index])
        for name, chain in chains.items():
            prediction, start = raw, time.perf_counter()
            for step in chain[index % 2]:
                prediction = step(prediction)
            times[name].append(1000 * (time.perf_counter() - start))
            kept[name].append(100 * float((prediction.labels != UNKNOWN).float().mean()))
            for metric in metrics[name]:
                metric.dataset_meta = dataset.metainfo
                metric.process(None, [as_sample(prediction, sample)])
    table = {}
    for name, evaluators in metrics.items():
        with contextlib.redirect_stdout(io.StringIO()):  # the metrics print their own tables
            found = {key: value for metric in evaluators for key, value in metric.evaluate(count).items()}
        table[name] = {key: found[key] for key in COLUMNS} | {
            "kept": statistics.mean(kept[name]),
            "ms": statistics.median(times[name]),
        }
    return table


def main() -> None:
    """Measure, print a Markdown table, and write JSON if requested."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("checkpoint")
    parser.add_argument("--images", type=int, help="number of images; default: all")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    args = parser.parse_args()
    init_default_scope("mmseg")
    cfg = Config.fromfile(args.config)
    model = MODELS.build(cfg.model).eval()
    load_weights(model, args.checkpoint)
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    table = measure(model, dataset, min(args.images or len(dataset), len(dataset)))
    print("| post-processing | " + " | ".join((*COLUMNS, "kept", "ms")) + " |\n|---|" + "---:|" * 6)
    for name, row in table.items():
        print(f"| {name} | " + " | ".join(f"{row[key]:.2f}" for key in row) + " |")
    if args.out:
        args.out.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
