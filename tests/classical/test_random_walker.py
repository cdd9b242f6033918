import numpy as np
import torch
from mmseg.registry import MODELS

from seg_plugins.classical.random_walker import walk_randomly
from seg_plugins.postprocess.prediction import BatchPrediction
from tests.classical.base import two_halves


def test_on_a_flat_line_it_is_the_gambler():
    """Between two seeds on a line the chance to meet one first falls linearly."""
    image = np.arange(11, dtype=np.uint8)[None, :, None]
    probabilities = np.full((2, 1, 11), 0.5)
    probabilities[:, 0, 0] = 1, 0
    probabilities[:, 0, 10] = 0, 1
    got = walk_randomly(image, probabilities, sure=0.9, beta=1e-6)
    assert np.allclose(got[1, 0], np.arange(11) / 10, atol=0.03)


def test_a_flat_image_changes_nothing():
    probabilities = np.stack([np.eye(8), 1 - np.eye(8)])
    assert walk_randomly(np.full((8, 8, 3), 9, np.uint8), probabilities, 0.9, 130) is probabilities


def test_one_class_of_seeds_changes_nothing():
    probabilities = np.zeros((3, 8, 8))
    probabilities[1] = 0.95
    assert walk_randomly(np.zeros((8, 8, 3), np.uint8), probabilities, 0.9, 130) is probabilities


def test_the_step_ends_at_the_edge():
    image = torch.from_numpy(two_halves()).permute(2, 0, 1)[None].float()
    logits = torch.zeros(1, 3, 40, 60)
    logits[:, 0, :, :10] = logits[:, 2, :, 50:] = 6
    step = MODELS.build(dict(type="RandomWalker", scale=1.0))
    out = step(BatchPrediction(logits, logits.argmax(1), image))
    assert (out.labels[..., :30] == 0).all() and (out.labels[..., 30:] == 2).all()
