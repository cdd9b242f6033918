"""Loops: what a run repeats."""

from seg_plugins.loops.val_loss_loop import ValLossLoop

__all__ = ["ValLossLoop"]
