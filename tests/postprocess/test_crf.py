import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from seg_plugins.postprocess.crf import dense_crf


def scene(h, w, classes, seed=0):
    """A photo-like image of coloured regions with noise, and blurred, noisy scores: (K, H, W), (3, H, W)."""
    rng = np.random.default_rng(seed)
    labels = gaussian_filter(rng.random((classes, h, w)), (0, 9, 9)).argmax(0)
    colours = rng.integers(30, 226, (classes, 3))
    image = np.clip(colours[labels] + rng.normal(0, 6, (h, w, 3)), 0, 255).astype(np.uint8)
    soft = gaussian_filter(np.eye(classes)[labels], (4, 4, 0)) + 0.3 * rng.random((h, w, classes))
    logits = np.log(soft / soft.sum(-1, keepdims=True)).astype(np.float32)
    return torch.from_numpy(logits).permute(2, 0, 1), torch.from_numpy(image).permute(2, 0, 1)


def brute_force(logits, image, iterations, kernels):
    """Algorithm 1 of the paper in NumPy float64 with loops over pixels."""
    classes, h, w = logits.shape
    unary = logits.double().numpy().reshape(classes, -1)
    pixels = [(y, x, *image[:, y, x].double().tolist()) for y in range(h) for x in range(w)]
    matrices = []
    for weight, position, colour in kernels:
        kernel = np.zeros((h * w, h * w))
        for i, (yi, xi, *ci) in enumerate(pixels):
            for j, (yj, xj, *cj) in enumerate(pixels):
                exponent = ((yi - yj) ** 2 + (xi - xj) ** 2) / (2 * position**2)
                if colour:
                    exponent += sum((a - b) ** 2 for a, b in zip(ci, cj, strict=True)) / (2 * colour**2)
                kernel[i, j] = np.exp(-exponent)
        scale = np.sqrt(kernel.sum(1))
        matrices.append(weight * kernel / scale[:, None] / scale[None])
    q = np.exp(unary) / np.exp(unary).sum(0)
    for _ in range(iterations):
        energy = unary + sum(q @ m for m in matrices)
        q = np.exp(energy - energy.max(0))
        q /= q.sum(0)
    return torch.from_numpy(q).view(classes, h, w)


def test_exact_equals_brute_force():
    logits, image = scene(14, 18, 4)
    got = dense_crf(
        logits[None],
        image[None],
        iterations=5,
        gaussian_weight=2,
        gaussian_std=2,
        bilateral_weight=4,
        position_std=9,
        colour_std=20,
        filter="exact",
    )[0]
    want = brute_force(logits, image, 5, [(2, 2, None), (4, 9, 20)])
    assert float((got - want).abs().max()) < 1e-4


def test_the_two_filters_agree_on_labels():
    logits, image = scene(64, 64, 5)
    exact = dense_crf(logits[None], image[None], filter="exact")
    lattice = dense_crf(logits[None], image[None], filter="permutohedral")
    assert float((exact.argmax(1) == lattice.argmax(1)).float().mean()) > 0.97


@pytest.mark.parametrize("seed", range(3))
def test_labels_equal_pydensecrf(seed):
    dcrf = pytest.importorskip(
        "pydensecrf.densecrf", reason="needs the extra crf-reference, which needs a C++ compiler"
    )
    classes, h, w = 7, 120, 160
    logits, image = scene(h, w, classes, seed)
    reference = dcrf.DenseCRF2D(w, h, classes)
    reference.setUnaryEnergy(-logits.reshape(classes, -1).numpy().copy())
    options = dict(kernel=dcrf.DIAG_KERNEL, normalization=dcrf.NORMALIZE_SYMMETRIC)
    reference.addPairwiseGaussian(sxy=3, compat=3, **options)
    rgb = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
    reference.addPairwiseBilateral(sxy=40, srgb=13, rgbim=rgb, compat=10, **options)
    want = torch.from_numpy(np.array(reference.inference(10))).view(classes, h, w)
    got = dense_crf(logits[None], image[None], position_std=40)[0]
    assert float((got.argmax(0) == want.argmax(0)).float().mean()) >= 0.995
    assert float((got - want).abs().mean()) < 1e-3
    changed = (want.argmax(0) != logits.argmax(0)).float().mean()
    assert float(changed) > 0.01  # the comparison means something


@pytest.mark.parametrize("filter", ["exact", "permutohedral"])
def test_batch_equals_one_by_one(filter):
    scenes = [scene(24, 30, 3, seed) for seed in range(3)]
    logits, image = (torch.stack(x) for x in zip(*scenes, strict=True))
    together = dense_crf(logits, image, filter=filter)
    apart = torch.cat([dense_crf(a[None], b[None], filter=filter) for a, b in scenes])
    assert torch.allclose(together, apart, atol=1e-4)


def test_it_repairs_noise():
    """Two flat halves and 15 % wrong pixels: the CRF gives the halves back."""
    image = torch.zeros(1, 3, 40, 40)
    image[..., 20:] = 200
    truth = (image[:, 0] > 100).long()
    noisy = truth ^ (torch.rand(1, 40, 40, generator=torch.Generator().manual_seed(0)) < 0.15)
    logits = torch.nn.functional.one_hot(noisy, 2).permute(0, 3, 1, 2).float() * 2
    assert torch.equal(dense_crf(logits, image).argmax(1), truth)


def test_without_kernels_it_is_the_softmax():
    logits, image = scene(20, 20, 3)
    got = dense_crf(logits[None], image[None], gaussian_weight=0, bilateral_weight=0)
    assert torch.allclose(got, logits.softmax(0)[None], atol=1e-6)


def test_grey_images_and_half_precision_are_taken():
    logits, image = scene(20, 20, 3)
    got = dense_crf(logits[None].bfloat16(), image[None, :1])
    assert got.shape == (1, 3, 20, 20) and got.dtype == torch.float32


def test_errors_name_the_value_and_the_fix():
    logits, image = scene(20, 20, 3)
    with pytest.raises(ValueError, match="permutohedral"):
        dense_crf(torch.zeros(1, 3, 65, 64), torch.zeros(1, 3, 65, 64), filter="exact")
    with pytest.raises(ValueError, match="use one of"):
        dense_crf(logits[None], image[None], filter="bilateral")
    with pytest.raises(ValueError, match="differ"):
        dense_crf(logits[None], image[None, :, :10])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("filter", ["exact", "permutohedral"])
def test_cuda_equals_cpu(filter):
    logits, image = scene(48, 64, 5)
    cpu = dense_crf(logits[None], image[None], filter=filter)
    cuda = dense_crf(logits[None].cuda(), image[None].cuda(), filter=filter).cpu()
    assert float((cpu.argmax(1) == cuda.argmax(1)).float().mean()) > 0.999
