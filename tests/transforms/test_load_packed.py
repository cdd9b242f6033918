import numpy as np
import pytest

from seg_plugins.datasets.pack_file import PackReader, PackWriter
from seg_plugins.transforms import LoadPacked


@pytest.fixture
def pack(tmp_path):
    with PackWriter(tmp_path) as writer:
        writer.add(np.full((4, 5, 3), 7, np.uint8), np.full((4, 5), 2, np.uint8))
        writer.add(np.full((4, 5, 3), 8, np.uint8), None)
        writer.finish(np.zeros(2, np.uint64), {})
    return PackReader(tmp_path)


@pytest.mark.parametrize("copy", [True, False])
def test_image_and_labels(pack, copy):
    results = LoadPacked(pack, "image", copy)(dict(sample_idx=0, seg_fields=[]))
    results = LoadPacked(pack, "labels", copy)(results)
    assert (results["img"] == 7).all() and results["img_shape"] == results["ori_shape"] == (4, 5)
    assert (results["gt_seg_map"] == 2).all() and results["seg_fields"] == ["gt_seg_map"]
    assert results["img"].flags.writeable is copy


def test_an_entry_without_labels(pack):
    assert "gt_seg_map" not in LoadPacked(pack, "labels")(dict(sample_idx=1, seg_fields=[]))
