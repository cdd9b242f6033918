"""Synthetic streets with instances as in `synth-streets_instances.py`, and panoptic quality beside mIoU."""

_base_ = "synth-streets_instances.py"

val_evaluator = [dict(type="ConfusionMetric", iou_metrics=["mIoU", "mDice"]), dict(type="PanopticQuality")]
test_evaluator = val_evaluator
