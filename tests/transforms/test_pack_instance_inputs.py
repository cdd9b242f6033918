import numpy as np
import pytest
import torch

from seg_plugins.transforms import PackInstanceInputs


@pytest.mark.parametrize("with_ids", [True, False])
def test_packs_the_ids_where_there_are_some(with_ids):
    ids = np.arange(12, dtype=np.int32).reshape(3, 4)[:, ::-1]
    results = dict(img=np.zeros((3, 4, 3), np.uint8), gt_seg_map=np.ones((3, 4), np.uint8))
    sample = PackInstanceInputs(meta_keys=())(results | (dict(gt_instance_map=ids) if with_ids else {}))[
        "data_samples"
    ]
    assert sample.gt_sem_seg.data.shape == (1, 3, 4)
    assert ("gt_instance_map" in sample) == with_ids
    if with_ids:
        assert torch.equal(sample.gt_instance_map.data, torch.from_numpy(ids.copy()).long()[None])
