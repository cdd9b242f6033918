import pytest
import torch
from mmengine.structures import PixelData

from seg_plugins.decode_heads import MaskedAttentionHead
from seg_plugins.decode_heads.masked_attention_head import outside_mask
from tests.decode_heads.test_deformable_pixel_decoder import maps
from tests.segmentors.base import build, model_config, samples

SMALL = dict(
    in_channels=[4, 6, 8, 10],
    channels=64,
    num_classes=3,
    num_queries=5,
    num_heads=4,
    encoder_layers=2,
    decoder_layers=4,
    encoder_hidden=24,
    decoder_hidden=40,
)


def head(**options):
    torch.manual_seed(0)
    return MaskedAttentionHead(**SMALL | options)


def test_a_query_sees_the_inside_of_its_mask_and_everything_if_it_is_empty():
    masks = torch.full((1, 2, 4, 4), -1.0)
    masks[0, 0, :2, :2] = 1.0
    assert outside_mask(masks, (2, 2))[0].int().tolist() == [[0, 1, 1, 1], [0, 0, 0, 0]]


def test_training_predicts_before_each_layer_and_evaluation_once():
    network = head()
    predictions = network.train()(maps())
    assert [p.masks.shape for p in predictions] == [(2, 5, 24, 40)] * 5
    (last,) = network.eval()(maps())
    assert last.classes.shape == (2, 5, 4) and last.canvas is None
    torch.testing.assert_close(last.masks, predictions[-1].masks)


def test_queries_attend_to_the_inside_of_their_masks_only():
    """With masks that cover the upper half, the lower half of the coarse maps has no effect on a query."""
    network = head(decoder_layers=1).eval()
    features = torch.zeros(1, 64, 24, 40)
    features[:, 0, :12], features[:, 0, 12:] = 1.0, -1.0
    coarse = [torch.randn(1, 64, *size) for size in ((4, 5), (6, 10), (12, 20))]
    changed = [x.clone() for x in coarse]
    changed[0][:, :, 2:] += 1.0
    network.mask_embed = torch.nn.Sequential(torch.nn.Linear(64, 64))
    torch.nn.init.zeros_(network.mask_embed[0].weight)
    network.mask_embed[0].bias.data = torch.eye(64)[0]
    found = []
    for maps_seen in (coarse, changed):
        network.pixel_decoder.forward = lambda _, seen=maps_seen: (features, seen)
        found.append(network(maps())[0].classes)
    assert torch.equal(*found)
    changed[0][:, :, :2] += 1.0
    assert not torch.allclose(network(maps())[0].classes, found[0], atol=1e-3)


@pytest.mark.parametrize("options", [dict(channels=62), dict(num_heads=3), dict(num_levels=5)])
def test_settings_that_do_not_fit_are_refused(options):
    with pytest.raises(ValueError, match=r"multiple of 4 and of num_heads, and num_levels is in 1\.\."):
        head(**options)


def test_training_under_autocast_is_finite():
    model = build("mask2former_tiny", 3).train()
    data = samples(2, 32, 32, 3)
    data[0].gt_sem_seg = PixelData(data=torch.ones(1, 32, 32, dtype=torch.long))
    with torch.autocast("cpu", torch.bfloat16):
        losses = model.loss(torch.rand(2, 3, 32, 32), data)
    sum(losses.values()).backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())


def test_parameters_have_the_names_of_the_published_weights():
    """One of each kind; MMSegmentation's checkpoints of Mask2Former are read by these names."""
    names = dict(MaskedAttentionHead(**SMALL | dict(decoder_layers=1)).named_parameters())
    for name in (
        "pixel_decoder.input_convs.2.conv.bias",
        "pixel_decoder.input_convs.2.gn.weight",
        "pixel_decoder.lateral_convs.0.conv.weight",
        "pixel_decoder.output_convs.0.gn.bias",
        "pixel_decoder.encoder.layers.1.self_attn.sampling_offsets.weight",
        "pixel_decoder.encoder.layers.1.ffn.layers.0.0.weight",
        "pixel_decoder.encoder.layers.1.ffn.layers.1.bias",
        "pixel_decoder.encoder.layers.1.norms.1.weight",
        "pixel_decoder.level_encoding.weight",
        "pixel_decoder.mask_feature.bias",
        "transformer_decoder.layers.0.self_attn.attn.in_proj_weight",
        "transformer_decoder.layers.0.cross_attn.attn.out_proj.bias",
        "transformer_decoder.layers.0.ffn.layers.1.weight",
        "transformer_decoder.layers.0.norms.2.bias",
        "transformer_decoder.post_norm.weight",
        "query_embed.weight",
        "query_feat.weight",
        "level_embed.weight",
        "cls_embed.bias",
        "mask_embed.4.weight",
    ):
        assert name in names


def renamed(state):
    """Names of transformers' Mask2Former to ours."""
    result = {}
    for key, value in state.items():
        for theirs, ours in (
            ("decoder.input_projections.", "pixel_decoder.input_convs."),
            ("decoder.encoder.", "pixel_decoder.encoder."),
            ("decoder.level_embed", "pixel_decoder.level_encoding.weight"),
            ("decoder.mask_projection", "pixel_decoder.mask_feature"),
            ("decoder.adapter_1.", "pixel_decoder.lateral_convs.0."),
            ("decoder.layer_1.", "pixel_decoder.output_convs.0."),
            ("transformer.decoder.layernorm", "transformer_decoder.post_norm"),
            ("transformer.decoder.mask_predictor.mask_embedder.", "mask_embed."),
            ("transformer.decoder.", "transformer_decoder."),
            ("transformer.queries_embedder", "query_embed"),
            ("transformer.queries_features", "query_feat"),
            ("transformer.level_embed", "level_embed"),
            ("classes.", "cls_embed."),
        ):
            if key.startswith(theirs):
                key = ours + key.removeprefix(theirs)
                break
        inside = key.startswith("transformer")
        norms = ("cross_attn_layer_norm", "self_attn_layer_norm", "final_layer_norm")
        for place, name in enumerate(norms if inside else norms[1:]):
            key = key.replace(f".{name}.", f".norms.{place}.")
        for theirs, ours in ((".fc1.", ".ffn.layers.0.0."), (".fc2.", ".ffn.layers.1.")):
            key = key.replace(theirs, ours)
        if "_convs." in key:
            key = key.replace(".0.weight", ".conv.weight") if value.dim() == 4 else key
            *first, number, kind = key.split(".")
            key = ".".join([*first, {"0": "conv", "1": "gn"}.get(number, number), kind])
        if inside:
            key = key.replace("_attn.", "_attn.attn.")
        if key.startswith("mask_embed."):
            _, number, _, kind = key.split(".")
            key = f"mask_embed.{2 * int(number)}.{kind}"
        result[key] = value
    for key in [k for k in result if ".q_proj." in k]:
        parts = [result.pop(key.replace("q_proj", f"{x}_proj")) for x in "qkv"]
        result[key.replace(".q_proj.", ".in_proj_")] = torch.cat(parts)
    return result


def reference(config, channels):
    """The pixel decoder, transformer and classifier of transformers, without an encoder."""
    theirs = pytest.importorskip("transformers.models.mask2former.modeling_mask2former")
    modules = dict(
        decoder=theirs.Mask2FormerPixelDecoder(config, channels),
        transformer=theirs.Mask2FormerTransformerModule(config.feature_size, config),
        classes=torch.nn.Linear(config.hidden_dim, config.num_labels + 1),
    )
    return torch.nn.ModuleDict(modules).eval()


@pytest.mark.slow
@pytest.mark.parametrize(("height", "width"), [(24, 40), (19, 33)])
def test_it_is_transformers_mask2former(height, width):
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.Mask2FormerConfig(
        feature_size=64, mask_feature_size=64, hidden_dim=64, encoder_feedforward_dim=24, encoder_layers=2,
        decoder_layers=5, num_attention_heads=4, dim_feedforward=40, num_queries=5, num_labels=3,
    )  # fmt: skip
    theirs, mine = reference(config, SMALL["in_channels"]), head().eval()
    for parameter in theirs.parameters():
        parameter.data.normal_(0, 0.2)
    mine.load_state_dict(renamed(theirs.state_dict()), strict=True)
    inputs = maps(height, width)
    with torch.no_grad():
        pixels = theirs["decoder"](inputs)
        expected = theirs["transformer"](pixels.multi_scale_features, pixels.mask_features)
        classes = theirs["classes"](expected.intermediate_hidden_states[-1].transpose(0, 1))
        features, coarse = mine.pixel_decoder(inputs)
        (found,) = mine(inputs)
        mine.train()
        layers = mine(inputs)
    close = dict(rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(features, pixels.mask_features, **close)
    for a, b in zip(coarse, pixels.multi_scale_features, strict=True):
        torch.testing.assert_close(a, b, **close)
    for a, b in zip(layers, expected.masks_queries_logits, strict=True):
        torch.testing.assert_close(a.masks, b, **close)
    torch.testing.assert_close(found.masks, expected.masks_queries_logits[-1], **close)
    torch.testing.assert_close(found.classes, classes, **close)


@pytest.mark.slow
def test_the_head_in_paper_size_has_as_many_parameters_as_that_of_transformers():
    transformers = pytest.importorskip("transformers")
    cfg = model_config("mask2former_r50", 19).decode_head
    theirs = reference(transformers.Mask2FormerConfig(num_labels=19), cfg.in_channels)
    mine = MaskedAttentionHead(**{k: v for k, v in cfg.items() if k != "type"})
    count = [sum(p.numel() for p in part.parameters()) for part in (theirs, mine)]
    assert count[0] == count[1]
