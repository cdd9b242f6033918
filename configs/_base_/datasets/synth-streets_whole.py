"""Synthetic street scenes whole, one at a time, without augmentation, for models fitted in one pass."""

_base_ = "synth-streets.py"
train_pipeline = {{_base_.test_pipeline}}
train_dataloader = dict(batch_size=1, dataset=dict(pipeline={{_base_.test_pipeline}}))
