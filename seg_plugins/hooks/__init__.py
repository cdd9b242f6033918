"""Hooks: what happens around the steps of a run."""

from seg_plugins.hooks.channels_last_hook import ChannelsLastHook
from seg_plugins.hooks.chunked_loss_hook import ChunkedLossHook
from seg_plugins.hooks.compile_hook import CompileHook
from seg_plugins.hooks.curves_hook import CurvesHook
from seg_plugins.hooks.freeze_hook import FreezeHook
from seg_plugins.hooks.label_map_hook import LabelMapHook
from seg_plugins.hooks.non_finite_guard_hook import NonFiniteGuardHook
from seg_plugins.hooks.out_of_memory_hook import OutOfMemoryHook
from seg_plugins.hooks.overlay_hook import OverlayHook
from seg_plugins.hooks.preflight_hook import PreflightHook
from seg_plugins.hooks.report_hook import ReportHook
from seg_plugins.hooks.transfer_hook import TransferHook
from seg_plugins.hooks.whole_checkpoint_hook import WholeCheckpointHook

__all__ = [
    "ChannelsLastHook",
    "ChunkedLossHook",
    "CompileHook",
    "CurvesHook",
    "FreezeHook",
    "LabelMapHook",
    "NonFiniteGuardHook",
    "OutOfMemoryHook",
    "OverlayHook",
    "PreflightHook",
    "ReportHook",
    "TransferHook",
    "WholeCheckpointHook",
]
