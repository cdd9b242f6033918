"""Loops of training, fitting and validation."""

from .exact_epoch_train_loop import ExactEpochTrainLoop
from .exact_iter_train_loop import ExactIterTrainLoop
from .fit_loop import FitLoop
from .val_loss_loop import ValLossLoop

__all__ = ["ExactEpochTrainLoop", "ExactIterTrainLoop", "FitLoop", "ValLossLoop"]
