"""The names of the public files, written out here, lead to every name of our networks and to no other."""

import pytest
import torch

import seg_plugins.register  # noqa: F401 (registers)
from seg_plugins.checkpoints.esp_names import esp_names
from tests.segmentors.base import build

NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
ESP = ("c1.conv.weight", *(f"d{2**i}.conv.weight" for i in range(5)))


def norm(prefix):
    return [f"{prefix}.{part}" for part in NORM]


def norm_act(prefix, bn="bn", act="act"):
    return [*norm(f"{prefix}.{bn}"), f"{prefix}.{act}.weight"]


def esp_block(prefix, nested):
    return [*(f"{prefix}.{k}" for k in ESP), *norm_act(f"{prefix}.bn" if nested else prefix)]


def esp_net_keys(p, q):
    keys = ["encoder.level1.conv.weight", *norm_act("encoder.level1")]
    for level in (1, 2, 3):
        keys += norm_act(f"encoder.b{level}")
    for level, blocks in ((2, p), (3, q)):
        keys += esp_block(f"encoder.level{level}_0", nested=False)
        for i in range(blocks):
            keys += esp_block(f"encoder.level{level}.{i}", nested=True)
    keys += ["encoder.classifier.conv.weight", "level3_C.conv.weight", *norm("br")]
    keys += ["conv.conv.weight", *norm_act("conv"), "up_l3.0.weight", *norm_act("combine_l2_l3.0")]
    keys += [*esp_block("combine_l2_l3.1", nested=True), "up_l2.0.weight", *norm_act("up_l2.1")]
    return [*keys, "classifier.weight"]


def eesp_block(prefix):
    keys = [f"{prefix}.proj_1x1.conv.weight", *norm_act(f"{prefix}.proj_1x1")]
    keys += [f"{prefix}.spp_dw.{i}.conv.weight" for i in range(4)]
    keys += [f"{prefix}.conv_1x1_exp.conv.weight", *norm(f"{prefix}.conv_1x1_exp.bn")]
    return [*keys, *norm_act(f"{prefix}.br_after_cat"), f"{prefix}.module_act.weight"]


def triple(prefix):
    return [f"{prefix}.cbr.0.weight", *norm(f"{prefix}.cbr.1"), f"{prefix}.cbr.2.weight"]


def esp_net_v2_keys():
    keys = ["base_net.level1.conv.weight", *norm_act("base_net.level1")]
    for level, blocks in ((2, 0), (3, 3), (4, 7)):
        down = f"base_net.level{level}_0"
        keys += [*eesp_block(f"{down}.eesp"), f"{down}.inp_reinf.0.conv.weight"]
        keys += [*norm_act(f"{down}.inp_reinf.0"), f"{down}.inp_reinf.1.conv.weight"]
        keys += [*norm(f"{down}.inp_reinf.1.bn"), f"{down}.act.weight"]
        for i in range(blocks):
            keys += eesp_block(f"base_net.level{level}.{i}")
    for level in (1, 2, 3, 4):
        pool = f"bu_dec_l{level}"
        keys += [*(f"{pool}.stages.{i}.weight" for i in range(5)), *triple(f"{pool}.projection_layer")]
        keys += norm_act(f"{pool}.merge_layer.0.br", "0", "1")
        keys += [*triple(f"{pool}.merge_layer.2"), f"{pool}.merge_layer.3.weight"]
        keys += norm_act(f"{pool}.br.br", "0", "1") if level < 4 else [f"{pool}.merge_layer.3.bias"]
    for level in (2, 3, 4):
        skip = f"merge_enc_dec_l{level}"
        keys += [f"{skip}.wt_layer.1.weight", *triple(f"{skip}.expansion_layer")]
        keys += norm_act(f"bu_br_l{level}", "0", "1")
    return keys


@pytest.mark.parametrize(
    "base, keys, unused", [("espnet_tiny", esp_net_keys(2, 3), 0), ("espnetv2_tiny", esp_net_v2_keys(), 3)]
)
def test_all_names_are_led_to_ours(base, keys, unused):
    """The three activations that the public ESPNetv2 holds and does not use are left out."""
    renamed = esp_names(dict.fromkeys(keys, torch.ones(1)))
    assert len(set(keys)) == len(keys) == len(renamed) + unused
    assert set(renamed) == set(build(base, 11).state_dict())


def test_places_by_hand():
    keys = esp_net_keys(2, 8)
    ours = dict(zip(keys, esp_names({k: torch.ones(1) for k in keys}), strict=True))
    assert ours["encoder.level3.7.d16.conv.weight"] == "backbone.stage3.7.branches.4.weight"
    assert ours["encoder.level2_0.bn.running_var"] == "backbone.down2.norm.running_var"
    assert ours["encoder.level2.1.bn.act.weight"] == "backbone.stage2.1.act.weight"
    assert ours["combine_l2_l3.1.bn.bn.bias"] == "decode_head.merge.norm.bias"


def state(scores):
    return {
        "encoder.level2_0.c1.conv.weight": torch.ones(1),
        "classifier.weight": torch.arange(4.0 * scores).view(1, scores, 2, 2),
    }


def test_the_score_of_what_is_ignored_is_left_out():
    kept = esp_names(state(12), 11)["decode_head.conv_seg.weight"]
    assert torch.equal(kept, state(12)["classifier.weight"][:, :11])
    assert esp_names(state(11), 11)["decode_head.conv_seg.weight"].shape[1] == 11


def test_other_scores_and_files_are_refused():
    with pytest.raises(ValueError, match="20 scores, for 20 or 19 classes; the config has 11"):
        esp_names(state(20), 11)
    with pytest.raises(ValueError, match="neither those of the public ESPNet"):
        esp_names({"conv.weight": torch.ones(1)})
