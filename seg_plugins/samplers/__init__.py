"""Samplers that can resume at any position and give each sample a key for its random draws."""

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
