"""Renaming of the public weights of ESPNet and ESPNetv2. Pure functions on state dictionaries.

ESPNet (github.com/sacmehta/ESPNet, MIT): `encoder.*` is the encoder, `encoder.classifier` and the rest the
decoder. ESPNetv2 (github.com/sacmehta/EdgeNets, MIT): `base_net.*` is the encoder, `bu_dec_*`,
`merge_enc_dec_*` and `bu_br_*` the decoder. Both give one score more than their data have classes: the
last one, for what is ignored.
"""

import re
from collections.abc import Mapping, Sequence

from torch import Tensor

__all__ = ["esp_names", "is_esp_net", "is_esp_net_v2"]

Rules = Sequence[tuple[str, str]]
PARTS = ("conv", "norm", "act")

ESPNET: Rules = (
    (r"^encoder\.level1\.", "backbone.stem."),
    (r"^encoder\.b([123])\.", r"backbone.merge\1."),
    (r"^encoder\.level([23])_0\.", r"backbone.down\1."),
    (r"^encoder\.level([23])\.(\d+)\.bn\.", r"backbone.stage\1.\2."),
    (r"^encoder\.level([23])\.", r"backbone.stage\1."),
    (r"^encoder\.classifier\.conv\.", "decode_head.score."),
    (r"^br\.", "decode_head.score_norm."),
    (r"^level3_C\.conv\.", "decode_head.project."),
    (r"^up_l3\.0\.", "decode_head.up_score."),
    (r"^combine_l2_l3\.0\.", "decode_head.merge_norm."),
    (r"^combine_l2_l3\.1\.bn\.", "decode_head.merge."),
    (r"^combine_l2_l3\.1\.", "decode_head.merge."),
    (r"^up_l2\.0\.", "decode_head.up_merge."),
    (r"^up_l2\.1\.", "decode_head.up_norm."),
    (r"^conv\.", "decode_head.fuse."),
    (r"^classifier\.", "decode_head.conv_seg."),
    (r"\.c1\.conv\.", ".reduce."),
    *((rf"\.d{2**i}\.conv\.", f".branches.{i}.") for i in range(5)),
    (r"\.bn\.", ".norm."),
)
ESPNETV2: Rules = (
    (r"^base_net\.level1\.", "backbone.stem."),
    (r"^base_net\.level(\d)_0\.eesp\.", r"backbone.down\1.block."),
    (r"^base_net\.level(\d)_0\.inp_reinf\.", r"backbone.down\1.image."),
    (r"^base_net\.level(\d)_0\.", r"backbone.down\1."),
    (r"^base_net\.level(\d)\.", r"backbone.stage\1."),
    (r"\.proj_1x1\.", ".reduce."),
    (r"\.spp_dw\.(\d)\.conv\.", r".branches.\1."),
    (r"\.br_after_cat\.", ".merge."),
    (r"\.conv_1x1_exp\.", ".expand."),
    (r"\.module_act\.", ".act."),
    (r"\.bn\.", ".norm."),
    (r"^bu_dec_l4\.merge_layer\.3\.", "decode_head.conv_seg."),
    *((rf"^bu_dec_l{i + 1}\.", f"decode_head.pyramids.{i}.") for i in range(4)),
    *((rf"^merge_enc_dec_l{i + 2}\.", f"decode_head.skips.{i}.") for i in range(3)),
    *((rf"^bu_br_l{i + 2}\.0\.", f"decode_head.joins.{i}.norm.") for i in range(3)),
    *((rf"^bu_br_l{i + 2}\.1\.", f"decode_head.joins.{i}.act.") for i in range(3)),
    (r"\.stages\.", ".branches."),
    *((rf"\.projection_layer\.cbr\.{i}\.", f".reduce.{part}.") for i, part in enumerate(PARTS)),
    *((rf"\.merge_layer\.2\.cbr\.{i}\.", f".mix.{part}.") for i, part in enumerate(PARTS)),
    *((rf"\.expansion_layer\.cbr\.{i}\.", f".conv.{part}.") for i, part in enumerate(PARTS)),
    *((rf"\.merge_layer\.0\.br\.{i}\.", f".merge.{part}.") for i, part in enumerate(PARTS[1:])),
    (r"\.merge_layer\.3\.", ".out.conv."),
    *((rf"\.br\.br\.{i}\.", f".out.{part}.") for i, part in enumerate(PARTS[1:])),
    (r"\.wt_layer\.1\.", ".gate."),
)
UNUSED = re.compile(r"_0\.eesp\.module_act\.")  # in the files of ESPNetv2, read by no one


def is_esp_net(state: Mapping[str, Tensor]) -> bool:
    """Return whether a state dictionary has the names of the public ESPNet."""
    return "encoder.level2_0.c1.conv.weight" in state


def is_esp_net_v2(state: Mapping[str, Tensor]) -> bool:
    """Return whether a state dictionary has the names of the public ESPNetv2."""
    return "base_net.level2_0.eesp.proj_1x1.conv.weight" in state


def esp_names(state: Mapping[str, Tensor], num_classes: int | None = None) -> dict[str, Tensor]:
    """Rename public weights for `ESPNet` + `ESPNetHead` or `ESPNetV2` + `ESPNetV2Head`.

    Args:
        state: State dictionary of the public file.
        num_classes: Number of classes K: the first K scores are kept; None for all.

    Returns:
        State dictionary of an `EncoderDecoder`.

    Raises:
        ValueError: The names are those of neither, or the scores are for another number of classes.
    """
    if not (is_esp_net(state) or is_esp_net_v2(state)):
        raise ValueError("the names are neither those of the public ESPNet nor of the public ESPNetv2")
    rules = ESPNET if is_esp_net(state) else ESPNETV2
    renamed = {}
    for key, value in state.items():
        if UNUSED.search(key):
            continue
        for theirs, ours in rules:
            key = re.sub(theirs, ours, key)
        renamed[key] = value
    if num_classes is not None:
        axis = 1 if is_esp_net(state) else 0  # a transposed convolution holds its outputs second
        for key in ("decode_head.conv_seg.weight", "decode_head.conv_seg.bias"):
            if key in renamed:
                renamed[key] = _first(renamed[key], axis, num_classes)
    return renamed


def _first(weight: Tensor, axis: int, count: int) -> Tensor:
    scores = weight.shape[axis]
    if scores - count not in (0, 1):  # one may stand for what is ignored
        raise ValueError(
            f"the weights have {scores} scores, for {scores} or {scores - 1} classes; the config has {count}"
        )
    return weight.narrow(axis, 0, count).clone()
