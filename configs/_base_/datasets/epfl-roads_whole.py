"""EPFL's roads whole, one at a time, without augmentation, for models fitted in one pass."""

_base_ = "epfl-roads.py"
crop_size = (400, 400)  # (H, W)
train_pipeline = {{_base_.test_pipeline}}
train_dataloader = dict(batch_size=1, dataset=dict(pipeline={{_base_.test_pipeline}}))
