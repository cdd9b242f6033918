import torch

from seg_plugins.decode_heads.deformable_pixel_decoder import DeformablePixelDecoder


def decoder(**options):
    torch.manual_seed(0)
    return DeformablePixelDecoder(
        **dict(
            in_channels=[4, 6, 8, 10],
            channels=16,
            num_levels=3,
            num_layers=2,
            num_heads=4,
            num_points=2,
            hidden=24,
            norm_cfg=dict(type="GN", num_groups=4),
        )
        | options
    )


def maps(height=24, width=40, channels=(4, 6, 8, 10)):
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(2, c, -(-height // 2**i), -(-width // 2**i), generator=generator)
        for i, c in enumerate(channels)
    ]


def test_the_coarsest_map_is_first_and_masks_are_as_fine_as_the_finest():
    features, coarse = decoder()(maps(21, 37))
    assert features.shape == (2, 16, 21, 37)
    assert [tuple(x.shape[1:]) for x in coarse] == [(16, 3, 5), (16, 6, 10), (16, 11, 19)]


def test_all_maps_may_be_coarse():
    features, coarse = decoder(in_channels=[4, 6], num_levels=2)(maps(channels=(4, 6)))
    assert features.shape[2:] == coarse[-1].shape[2:] == (24, 40)


def test_heads_begin_in_directions_of_their_own():
    offsets = decoder().encoder["layers"][0].self_attn.sampling_offsets.bias.reshape(4, 3, 2, 2)
    expected = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    torch.testing.assert_close(offsets[:, 0, 0], expected, rtol=0, atol=1e-6)
    torch.testing.assert_close(offsets[:, 2, 1], 2 * expected, rtol=0, atol=1e-6)


def test_a_pixel_sees_other_maps():
    network = decoder().eval()
    inputs = maps()
    before = network(inputs)[0]
    inputs[3] = inputs[3] + torch.randn_like(inputs[3])
    assert not torch.allclose(network(inputs)[1][2], network(maps())[1][2], atol=1e-3)
    assert not torch.allclose(network(inputs)[0], before, atol=1e-3)
