import pytest
import torch

from seg_plugins.backbones import QueryViT


def encoder(**options):
    base = dict(img_size=(32, 48), patch_size=8, embed_dims=16, num_layers=3, num_heads=2, query_layers=2)
    return QueryViT(**base | options)


def test_the_last_blocks_are_left_to_the_head():
    own = encoder()
    out = own(torch.rand(2, 3, 32, 48))
    assert out.tokens.shape == (2, 5 + 4 * 6, 16) and out.prefix == 5 and out.grid == (4, 6)
    assert list(out.blocks) == list(own.blocks[1:]) and out.norm is own.norm


def test_any_size_is_padded_to_whole_patches():
    own = encoder().eval()
    image = torch.rand(1, 3, 29, 50)
    padded = torch.zeros(1, 3, 32, 56)
    padded[..., :29, :50] = image
    out = own(image)
    assert out.grid == (4, 7)
    assert torch.equal(out.tokens, own(padded).tokens)
    assert own(torch.rand(1, 3, 1, 1)).grid == (1, 1)


def test_positions_are_stored_for_one_grid_and_interpolated_for_others():
    own = encoder()
    assert own.positions((4, 6)) is own.pos_embed
    own.pos_embed.data.fill_(3.0)
    torch.testing.assert_close(own.positions((5, 9)), torch.full((1, 45, 16), 3.0))


def test_numbers_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"query_layers=4, num_layers=3"):
        encoder(query_layers=4)
    with pytest.raises(ValueError, match=r"num_heads=3"):
        encoder(num_heads=3)
