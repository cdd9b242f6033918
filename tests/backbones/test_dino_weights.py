import torch
from torch.nn.functional import conv2d, interpolate

from seg_plugins.backbones import QueryViT
from seg_plugins.backbones.backbone_weights import load_backbone_weights
from seg_plugins.backbones.dino_weights import fit_dino, resize_patches


def test_a_resized_patch_has_the_same_embedding():
    """FlexiViT's rule holds exactly where patches grow: no information is lost."""
    weight = torch.randn(5, 3, 6, 6, dtype=torch.float64)
    patch = torch.randn(1, 3, 6, 6, dtype=torch.float64)
    larger = interpolate(patch, (8, 8), mode="bicubic", antialias=True, align_corners=False)
    torch.testing.assert_close(conv2d(larger, resize_patches(weight, 8)), conv2d(patch, weight))
    assert resize_patches(weight, 6) is weight


def test_a_published_file_loads_strictly():
    """Its class token has a position of its own, and it has a mask token."""
    own = QueryViT(img_size=(32, 48), patch_size=8, embed_dims=16, num_layers=2, num_heads=2, query_layers=1)
    state = {k: torch.randn_like(v) for k, v in own.state_dict().items()}
    state["pos_embed"] = torch.randn(1, 1 + 3 * 3, 16)
    state["patch_embed.proj.weight"] = torch.randn(16, 3, 7, 7)
    state["mask_token"] = torch.zeros(1, 16)
    assert load_backbone_weights(own, state, "dino.pth") == []
    torch.testing.assert_close(own.cls_token, state["cls_token"] + state["pos_embed"][:, :1])
    assert own.pos_embed.shape == (1, 4 * 6, 16)
    torch.testing.assert_close(own.blocks[1].attn.qkv.weight, state["blocks.1.attn.qkv.weight"])
    again = own.state_dict()
    assert all(torch.equal(v, again[k]) for k, v in fit_dino(again, 8, (4, 6)).items())
