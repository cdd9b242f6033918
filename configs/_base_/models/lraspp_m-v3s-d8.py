"""LR-ASPP on MobileNetV3-Small, https://arxiv.org/abs/1905.02244."""

_base_ = "lraspp_m-v3-d8.py"
model = dict(
    backbone=dict(
        arch="small",
        out_indices=(0, 1, 12),
        init_cfg=dict(checkpoint="open-mmlab://contrib/mobilenet_v3_small"),
    ),
    decode_head=dict(in_channels=(16, 16, 576)),
)
