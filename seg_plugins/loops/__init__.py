"""Loops: what a run repeats."""

from seg_plugins.loops.exact_epoch_train_loop import ExactEpochTrainLoop
from seg_plugins.loops.exact_iter_train_loop import ExactIterTrainLoop
from seg_plugins.loops.fit_loop import FitLoop
from seg_plugins.loops.val_loss_loop import ValLossLoop

__all__ = ["ExactEpochTrainLoop", "ExactIterTrainLoop", "FitLoop", "ValLossLoop"]
