"""Why upstream's losses are not used: each fails one of the requirements that ours are tested for."""

import pytest
import torch
import torch.nn.functional as F
from mmseg.registry import MODELS

from tests.losses.base import IGNORE, batch


def upstream(name, **kwargs):
    return MODELS.build(dict(type=name, **kwargs))


@pytest.fixture
def data():
    return batch(dtype=torch.float32, ignored=0.3)


def test_cross_entropy_divides_by_ignored_pixels(data):
    score, label = data
    expected = F.cross_entropy(score, label, ignore_index=IGNORE)
    assert upstream("CrossEntropyLoss")(score, label, ignore_index=IGNORE) < 0.9 * expected


def test_cross_entropy_with_class_weight_and_avg_non_ignore_raises(data):
    loss = upstream("CrossEntropyLoss", class_weight=[1.0, 2.0, 3.0], avg_non_ignore=True)
    with pytest.raises(IndexError):
        loss(*data, ignore_index=IGNORE)


def depends_on_ignored_pixels(loss, score, label, **kwargs):
    other = score.clone()
    other[:, 0][label == IGNORE] += 5
    return not torch.isclose(loss(score, label, **kwargs), loss(other, label, **kwargs))


@pytest.mark.parametrize(
    "name, kwargs",
    [("DiceLoss", dict(use_sigmoid=False)), ("HuasdorffDisstanceLoss", {})],
)
def test_ignored_pixels_matter(name, kwargs, data):
    assert depends_on_ignored_pixels(upstream(name, **kwargs), *data)


def test_lovasz_of_an_all_ignored_batch_is_no_scalar(data):
    loss = upstream("LovaszLoss", reduction="none")
    assert loss(data[0], torch.full_like(data[1], IGNORE)).numel() == 0


def test_ohem_of_an_all_ignored_batch_has_no_gradient(data):
    value = upstream("OhemCrossEntropy")(data[0].requires_grad_(), torch.full_like(data[1], IGNORE))
    assert not value.requires_grad


def test_ohem_does_not_take_what_the_decode_head_passes(data):
    with pytest.raises(TypeError):
        upstream("OhemCrossEntropy")(*data, weight=None, ignore_index=IGNORE)


def test_boundary_takes_an_edge_map_not_labels(data):
    with pytest.raises((RuntimeError, TypeError, IndexError, ValueError)):
        upstream("BoundaryLoss")(*data)


def test_tversky_does_not_hear_of_the_decode_heads_ignore_index(data):
    score, label = data
    label[label == IGNORE] = 200
    other = score.clone()
    other[:, 0][label == 200] += 5
    values = [upstream("TverskyLoss")(s, label, ignore_index=200) for s in (score, other)]
    assert not torch.isclose(*values)


def test_focal_raises_on_a_dense_batch(data):
    with pytest.raises(RuntimeError):
        upstream("FocalLoss")(*data, ignore_index=IGNORE)
