"""Hooks, which act around the steps of a run."""

from .channels_last_hook import ChannelsLastHook
from .chunked_loss_hook import ChunkedLossHook
from .compile_hook import CompileHook
from .curves_hook import CurvesHook
from .exact_early_stopping_hook import ExactEarlyStoppingHook
from .exact_ema_hook import ExactEMAHook
from .freeze_hook import FreezeHook
from .label_map_hook import LabelMapHook
from .mask_annealing_hook import MaskAnnealingHook
from .non_finite_guard_hook import NonFiniteGuardHook
from .out_of_memory_hook import OutOfMemoryHook
from .overlay_hook import OverlayHook
from .preflight_hook import PreflightHook
from .report_hook import ReportHook
from .transfer_hook import TransferHook
from .whole_checkpoint_hook import WholeCheckpointHook

__all__ = [
    "ChannelsLastHook",
    "ChunkedLossHook",
    "CompileHook",
    "CurvesHook",
    "ExactEMAHook",
    "ExactEarlyStoppingHook",
    "FreezeHook",
    "LabelMapHook",
    "MaskAnnealingHook",
    "NonFiniteGuardHook",
    "OutOfMemoryHook",
    "OverlayHook",
    "PreflightHook",
    "ReportHook",
    "TransferHook",
    "WholeCheckpointHook",
]
