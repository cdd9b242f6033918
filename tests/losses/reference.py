"""Pieces that the float64 references share: plain numpy, one pixel list per class."""

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.special import softmax

IGNORE = 255


def regions(score, label):
    """Yields (class, probabilities, membership) of the valid pixels of every class present."""
    keep = label != IGNORE
    probs = softmax(score, axis=1)
    for c in np.unique(label[keep]):
        yield c, probs[:, c][keep], (label[keep] == c).astype(float)


def picked(score, label):
    """Probability of the labelled class at every valid pixel."""
    probs = softmax(score, axis=1).transpose(0, 2, 3, 1)
    keep = label != IGNORE
    return np.take_along_axis(probs[keep], label[keep][:, None], 1)[:, 0]


def filled(label):
    """Each ignored pixel takes the label of the nearest valid one (ties: as scipy breaks them)."""
    _, (rows, columns) = distance_transform_edt(label == IGNORE, return_indices=True)
    return label[rows, columns]


def distance_to(mask):
    """Distance of every pixel to the nearest pixel of the mask, by brute force."""
    points = np.argwhere(mask)
    rows, columns = np.indices(mask.shape)
    grid = np.stack([rows, columns], -1)[:, :, None, :]
    return np.sqrt(((grid - points) ** 2).sum(-1).min(-1))
