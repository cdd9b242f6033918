"""Writing of trained segmentors to files that run without PyTorch. Registers nothing."""

from .export_model import ExportOptions, ExportReport, export_model

__all__ = ["ExportOptions", "ExportReport", "export_model"]
