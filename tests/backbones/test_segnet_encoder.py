import torch

from seg_plugins.backbones import SegNetEncoder


def test_indices_point_at_the_maxima():
    model = SegNetEncoder(widths=(2, 2, 3, 3, 3)).eval()
    image = torch.rand(1, 3, 37, 50)
    last, pools = model(image)
    assert last.shape == (1, 3, 2, 2)
    assert [size for _, size in pools] == [(37, 50), (19, 25), (10, 13), (5, 7), (3, 4)]
    first = model.run_stage(1, image)
    indices, _ = pools[0]
    picked = first.flatten(2).gather(2, indices.flatten(2)).view_as(indices)
    pooled = torch.nn.functional.max_pool2d(first, 2, ceil_mode=True)
    torch.testing.assert_close(picked, pooled)
