"""Every family of the zoo, exported, computes at every size what its network does."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from seg_plugins.export.export_model import fails
from seg_plugins.export.graph import ExportGraph
from seg_plugins.export.onnx_graph import onnx_graph
from seg_plugins.export.parity import compare_at
from tests.export.base import facts_for, family
from tests.segmentors.base import MODEL_BASES

REFUSED = ("mask_rcnn", "mask2former")
FAMILIES = sorted(p.stem for p in MODEL_BASES.glob("*_tiny*.py") if not p.stem.startswith(REFUSED))
SIZES = [(96, 128), (75, 61), (40, 130), (33, 33), (32, 32)]
FIXED = ("lraspp_tiny",)  # refused without a fixed size
FROM_33 = ("nnunet_tiny",)  # the graph differs where its deepest map is one pixel; the export finds that
QUICK = ("fcn_tiny", "pspnet_tiny")  # a transposed convolution; pooling to cells


def test_the_list_is_not_empty():
    assert len(FAMILIES) > 20 and set(QUICK + FIXED) < set(FAMILIES)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in FAMILIES]
)
def test_it_is_right_at_every_size(name):
    network, engine = family(name, SIZES[0] if name in FIXED else None)
    for size in SIZES[: 1 if name in FIXED else -1 if name in FROM_33 else None]:
        found = compare_at(torch.randn(1, 3, *size), network.encode_decode, engine)
        assert not fails(found), found


class MaximumPooling(nn.Module):
    """A user's network with an operator that ONNX does not have."""

    def encode_decode(self, image, metas):
        return image + F.interpolate(F.adaptive_max_pool2d(image, 3), image.shape[2:])


def test_an_operator_without_a_counterpart_is_named():
    with pytest.raises(ValueError, match=r"^MaximumPooling cannot be exported: .* adaptive_max_pool2d\. Fix"):
        onnx_graph(ExportGraph(MaximumPooling().eval(), facts_for()))
