"""Samplers whose position is a number, and the key by which each sample draws its randomness."""

from .class_balanced_infinite_sampler import ClassBalancedInfiniteSampler
from .exact_epoch_sampler import ExactEpochSampler
from .exact_infinite_sampler import ExactInfiniteSampler
from .exact_multi_source_sampler import ExactMultiSourceSampler

__all__ = [
    "ClassBalancedInfiniteSampler",
    "ExactEpochSampler",
    "ExactInfiniteSampler",
    "ExactMultiSourceSampler",
    "SampleKey",
    "derive_seed",
]
