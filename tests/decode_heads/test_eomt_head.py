import pytest
import torch
from mmengine.structures import PixelData

from seg_plugins.backbones import QueryViT
from seg_plugins.decode_heads import EoMTHead
from seg_plugins.decode_heads.eomt_head import query_mask
from tests.segmentors.base import build, samples


def small(**options):
    torch.manual_seed(0)
    encoder = QueryViT(
        img_size=(32, 32), patch_size=8, embed_dims=16, num_layers=3, num_heads=2, query_layers=2
    )
    return encoder, EoMTHead(**dict(in_channels=16, num_classes=3, num_queries=5, query_layers=2) | options)


def test_queries_see_their_masks_and_others_see_all():
    masks = torch.full((1, 2, 4, 4), -1.0)
    masks[0, 0, :2, :2] = 1.0
    masks[0, 1, 2:, 2:] = 1.0
    seen = query_mask(masks, (2, 2), 1, torch.tensor([[True, False]]))[0, 0]
    assert seen[0].int().tolist() == [1, 1, 1, 1, 0, 0, 0]  # queries, prefix, its patch
    assert seen[1:].all()


def test_training_predicts_before_each_block_and_evaluation_once():
    encoder, head = small()
    tokens = encoder(torch.rand(2, 3, 30, 30))
    assert [p.masks.shape for p in head.train()(tokens)] == [(2, 5, 16, 16)] * 3
    (last,) = head.eval()(tokens)
    assert last.classes.shape == (2, 5, 4) and last.canvas == (32, 32)


def test_probabilities_decide_what_is_masked():
    encoder, head = small()
    tokens = encoder(torch.rand(1, 3, 32, 32))
    head.query_classifier.weight.data.mul_(3)

    def classes(*probability):
        head.mask_probability.copy_(torch.tensor(probability))
        return head.eval()(tokens)[0].classes

    free = classes(0.0, 0.0)
    assert torch.equal(classes(0.4, 0.2), free)
    assert not torch.equal(classes(1.0, 1.0), free) and not torch.equal(classes(0.0, 1.0), free)
    torch.manual_seed(0)
    torch.testing.assert_close(head.train()(tokens)[-1].classes, classes(0.0, 1.0))


def test_another_number_of_blocks_is_refused():
    encoder, head = small(query_layers=1)
    with pytest.raises(ValueError, match=r"query_layers=1, and the encoder leaves 2"):
        head(encoder(torch.rand(1, 3, 32, 32)))


def test_training_under_autocast_is_finite():
    model = build("eomt_tiny", 3).train()
    data = samples(1, 32, 32, 3)
    data[0].gt_sem_seg = PixelData(data=torch.ones(1, 32, 32, dtype=torch.long))
    with torch.autocast("cpu", torch.bfloat16):
        losses = model.loss(torch.rand(1, 3, 32, 32), data)
    sum(losses.values()).backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())


def renamed(key):
    """Our name for a parameter of transformers' EoMT."""
    for theirs, ours in (
        ("embeddings.patch_embeddings.projection", "backbone.patch_embed.proj"),
        ("embeddings.", "backbone."),
        ("layers.", "backbone.blocks."),
        ("layernorm.", "backbone.norm."),
        ("upscale_block.block.", "decode_head.upscale."),
        ("mask_head.fc", "decode_head.mask_mlp."),
        ("class_predictor.", "decode_head.query_classifier."),
        ("query.", "decode_head.query."),
        ("attn_mask_probs", "decode_head.mask_probability"),
    ):
        if key.startswith(theirs):
            key = ours + key.removeprefix(theirs)
            break
    for theirs, ours in (
        (".attention.out_proj.", ".attn.proj."),
        (".attention.", ".attn."),
        (".layer_scale1.lambda1", ".ls1.gamma"),
        (".layer_scale2.lambda1", ".ls2.gamma"),
        (".conv1.", ".0."),
        (".conv2.", ".2."),
        (".layernorm2d.", ".3."),
        ("mask_mlp.1.", "mask_mlp.0."),
        ("mask_mlp.3.", "mask_mlp.4."),
    ):
        key = key.replace(theirs, ours)
    return key


@pytest.mark.slow
@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_it_is_transformers_eomt(probability):
    transformers = pytest.importorskip("transformers")
    eomt = pytest.importorskip("transformers.models.eomt.modeling_eomt")
    torch.manual_seed(0)
    config = transformers.EomtConfig(
        hidden_size=16, num_hidden_layers=3, num_attention_heads=2, image_size=32, patch_size=8,
        num_blocks=2, num_upscale_blocks=2, num_queries=5, num_labels=3,
    )  # fmt: skip
    theirs = eomt.EomtForUniversalSegmentation(config).eval()
    for parameter in theirs.parameters():
        parameter.data.normal_(0, 0.2)
    theirs.attn_mask_probs.fill_(probability)
    state = {renamed(k): v for k, v in theirs.state_dict().items() if not k.startswith("criterion")}
    state["backbone.pos_embed"] = state.pop("backbone.position_embeddings.weight")[None]
    for key in [k for k in state if ".q_proj." in k]:
        parts = [state.pop(key.replace("q_proj", f"{x}_proj")) for x in "qkv"]
        state[key.replace("q_proj", "qkv")] = torch.cat(parts)
    encoder, head = small()
    mine = torch.nn.ModuleDict(dict(backbone=encoder, decode_head=head)).eval()
    mine.load_state_dict(state, strict=True)
    images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        expected = theirs(images)
        (found,) = head(encoder(images))
    torch.testing.assert_close(found.masks, expected.masks_queries_logits, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found.classes, expected.class_queries_logits, rtol=1e-4, atol=1e-4)
