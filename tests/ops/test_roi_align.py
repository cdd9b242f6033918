import math

import torch
import torch.nn.functional as F

from seg_plugins.ops.roi_align import pyramid_level, pyramid_roi_align, roi_align


def bilinear(plane, y, x):
    height, width = len(plane), len(plane[0])
    if y <= -1 or y >= height or x <= -1 or x >= width:
        return 0.0
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    y0, x0 = math.floor(y), math.floor(x)
    y1, x1 = min(y0 + 1, height - 1), min(x0 + 1, width - 1)
    dy, dx = y - y0, x - x0
    top = plane[y0][x0] * (1 - dx) + plane[y0][x1] * dx
    bottom = plane[y1][x0] * (1 - dx) + plane[y1][x1] * dx
    return top * (1 - dy) + bottom * dy


def brute_force(features, rois, size, scale, ratio):
    """Point by point, from the paper."""
    pooled = torch.zeros(len(rois), features.shape[1], size, size, dtype=features.dtype)
    for r, (image, *box) in enumerate(rois.tolist()):
        x1, y1, x2, y2 = (v * scale - 0.5 for v in box)
        for c in range(features.shape[1]):
            plane = features[int(image), c].tolist()
            for i in range(size):
                for j in range(size):
                    values = [
                        bilinear(
                            plane,
                            y1 + (i + (a + 0.5) / ratio) * (y2 - y1) / size,
                            x1 + (j + (b + 0.5) / ratio) * (x2 - x1) / size,
                        )
                        for a in range(ratio)
                        for b in range(ratio)
                    ]
                    pooled[r, c, i, j] = sum(values) / len(values)
    return pooled


ROIS = torch.tensor(
    [
        [0, 1.3, 2.1, 20.7, 14.2],
        [1, -9.0, -7.0, 9.0, 30.0],
        [1, 10.0, 3.0, 45.0, 60.0],
        [0, 5.0, 5.0, 6.0, 6.5],
    ],
    dtype=torch.float64,
)


def test_equals_brute_force():
    features = torch.randn(2, 3, 9, 11, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for size, scale, ratio in [(3, 0.25, 2), (2, 0.5, 3), (7, 0.25, 1)]:
        wanted = brute_force(features, ROIS, size, scale, ratio)
        torch.testing.assert_close(roi_align(features, ROIS, size, scale, ratio), wanted)


def test_gradient():
    features = torch.randn(2, 2, 5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda f: roi_align(f, ROIS, 2, 0.25), features)


def test_gradient_of_many_regions_is_that_of_grid_sample():
    generator = torch.Generator().manual_seed(1)
    features = torch.randn(3, 4, 20, 30, generator=generator, requires_grad=True)
    corner = torch.rand(50, 2, generator=generator) * 12
    rois = torch.cat([torch.arange(50)[:, None] % 3, corner, corner + 1 + 6 * corner.flip(0) / 12], 1)
    weight = torch.randn(50, 4, 5, 5, generator=generator)
    (gradient,) = torch.autograd.grad((roi_align(features, rois, 5, 1.0) * weight).sum(), features)
    steps = (torch.arange(10) + 0.5) / 10
    points = rois[:, None, 1:3] + steps[:, None] * (rois[:, 3:] - rois[:, 1:3])[:, None] - 0.5
    x, y = (2 * points / torch.tensor([29, 19]) - 1).unbind(2)
    grid = torch.stack([x[:, None].expand(-1, 10, -1), y[:, :, None].expand(-1, -1, 10)], -1)
    images = features[rois[:, 0].long()]
    sampled = F.grid_sample(images, grid, padding_mode="border", align_corners=True)
    (wanted,) = torch.autograd.grad((F.avg_pool2d(sampled, 2) * weight).sum(), features)
    torch.testing.assert_close(gradient, wanted, rtol=1e-4, atol=1e-4)


def test_a_ramp_is_read_exactly():
    ramp = torch.arange(16.0).expand(1, 1, 16, 16)
    pooled = roi_align(ramp, torch.tensor([[0, 4.0, 4.0, 12.0, 12.0]]), 4, 1.0)
    torch.testing.assert_close(pooled[0, 0, 0], torch.tensor([4.5, 6.5, 8.5, 10.5]))


def test_no_regions():
    assert roi_align(torch.randn(1, 3, 4, 4), torch.zeros(0, 5), 7, 0.5).shape == (0, 3, 7, 7)


def test_levels_of_the_paper():
    sides = torch.tensor([112.0, 224.0, 448.0, 30.0, 2000.0])
    boxes = torch.stack([torch.zeros(5), torch.zeros(5), sides, sides], 1)
    assert pyramid_level(boxes, 4).tolist() == [1, 2, 3, 0, 3]


def test_pyramid_takes_each_region_from_its_level():
    features = [torch.full((1, 1, 64 // s, 64 // s), float(s)) for s in (4, 8)]
    rois = torch.tensor([[0, 8.0, 8.0, 24.0, 24.0], [0, 0.0, 0.0, 60.0, 60.0]])
    pooled = pyramid_roi_align(features, (4, 8), rois, 2, canonical_size=112.0)
    assert pooled[:, 0].mean((1, 2)).tolist() == [4, 8]
