import torch

from seg_plugins.postprocess.permutohedral import PermutohedralLattice


def gaussian_sums(features, values):
    distance = ((features[:, None] - features[None]) ** 2).sum(-1)
    return torch.exp(-0.5 * distance) @ values


def test_weights_are_a_partition_of_unity():
    lattice = PermutohedralLattice(torch.rand(500, 5, generator=torch.Generator().manual_seed(0)) * 9)
    assert torch.allclose(lattice.weights.sum(1), torch.ones(500), atol=1e-5)
    assert float(lattice.weights.min()) > -1e-5


def test_it_approximates_the_gaussian_mean():
    generator = torch.Generator().manual_seed(0)
    for d in (1, 2, 5):
        features = torch.rand(1500, d, generator=generator) * 4
        values = torch.sin(features.sum(1, keepdim=True))
        lattice = PermutohedralLattice(features)
        got = lattice.filter(values) / lattice.filter(torch.ones(1500, 1))
        want = gaussian_sums(features, values) / gaussian_sums(features, torch.ones(1500, 1))
        assert float((got - want).abs().max()) < 0.2, d
        assert float((got - want).abs().mean()) < 0.03, d


def test_the_filter_is_symmetric_and_linear():
    generator = torch.Generator().manual_seed(0)
    lattice = PermutohedralLattice(torch.rand(200, 2, generator=generator) * 5)
    kernel = lattice.filter(torch.eye(200))
    assert torch.allclose(kernel.diagonal(), kernel.T.diagonal())
    values = torch.rand(200, 3, generator=generator)
    assert torch.allclose(lattice.filter(values), kernel @ values, atol=1e-4)


def test_groups_do_not_see_each_other():
    features = torch.rand(300, 5, generator=torch.Generator().manual_seed(0)) * 6
    values = torch.rand(300, 4, generator=torch.Generator().manual_seed(1))
    both = PermutohedralLattice(features, torch.arange(2).repeat_interleave(150))
    apart = [PermutohedralLattice(features[i : i + 150]).filter(values[i : i + 150]) for i in (0, 150)]
    assert torch.allclose(both.filter(values), torch.cat(apart), atol=1e-5)


def test_features_beyond_the_key_are_refused():
    import pytest

    with pytest.raises(ValueError, match="standard deviations"):
        PermutohedralLattice(torch.rand(10, 5) * 1e6)
