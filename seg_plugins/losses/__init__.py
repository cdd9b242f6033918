"""Losses of dense prediction."""

from seg_plugins.losses.cl_dice_loss import ClDiceLoss
from seg_plugins.losses.exact_cross_entropy_loss import ExactCrossEntropyLoss
from seg_plugins.losses.focal_tversky_loss import FocalTverskyLoss
from seg_plugins.losses.generalized_cross_entropy_loss import GeneralizedCrossEntropyLoss
from seg_plugins.losses.hausdorff_dt_loss import HausdorffDTLoss
from seg_plugins.losses.kervadec_boundary_loss import KervadecBoundaryLoss
from seg_plugins.losses.log_cosh_dice_loss import LogCoshDiceLoss
from seg_plugins.losses.lovasz_hinge_loss import LovaszHingeLoss
from seg_plugins.losses.lovasz_softmax_loss import LovaszSoftmaxLoss
from seg_plugins.losses.ohem_cross_entropy_loss import OhemCrossEntropyLoss
from seg_plugins.losses.rmi_loss import RMILoss
from seg_plugins.losses.soft_dice_loss import SoftDiceLoss
from seg_plugins.losses.soft_tversky_loss import SoftTverskyLoss
from seg_plugins.losses.softmax_focal_loss import SoftmaxFocalLoss
from seg_plugins.losses.symmetric_cross_entropy_loss import SymmetricCrossEntropyLoss
from seg_plugins.losses.weighted_sum_loss import WeightedSumLoss

__all__ = [
    "ClDiceLoss",
    "ExactCrossEntropyLoss",
    "FocalTverskyLoss",
    "GeneralizedCrossEntropyLoss",
    "HausdorffDTLoss",
    "KervadecBoundaryLoss",
    "LogCoshDiceLoss",
    "LovaszHingeLoss",
    "LovaszSoftmaxLoss",
    "OhemCrossEntropyLoss",
    "RMILoss",
    "SoftDiceLoss",
    "SoftTverskyLoss",
    "SoftmaxFocalLoss",
    "SymmetricCrossEntropyLoss",
    "WeightedSumLoss",
]
