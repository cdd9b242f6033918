"""Regimes: segmentors around a segmentor, and their parts."""

from .class_mix import ClassMix
from .cut_mix import CutMix
from .ema_teacher_hook import EmaTeacherHook
from .multi_branch_pre_processor import MultiBranchPreProcessor
from .teacher_student_segmentor import TeacherStudentSegmentor

__all__ = ["ClassMix", "CutMix", "EmaTeacherHook", "MultiBranchPreProcessor", "TeacherStudentSegmentor"]
