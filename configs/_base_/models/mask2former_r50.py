"""Mask2Former on ResNet-50, Cheng et al., CVPR 2022, https://arxiv.org/abs/2112.01527.

Keys are MMSegmentation's.
"""

_base_ = "encoder_decoder.py"
model = dict(
    backbone=dict(
        type="ResNet",
        depth=50,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        norm_cfg=dict(type="SyncBN", requires_grad=False),
        style="pytorch",
        init_cfg=dict(type="BackboneWeights", checkpoint="torchvision://resnet50"),
    ),
    decode_head=dict(
        type="MaskedAttentionHead",
        in_channels=[256, 512, 1024, 2048],
        channels=256,
        num_queries=100,
        fewer_queries=True,
        num_heads=8,
        encoder_layers=6,
        decoder_layers=9,
        encoder_hidden=1024,
        decoder_hidden=2048,
        norm_cfg=dict(type="GN", num_groups=32),
        align_corners=False,
        loss_decode=dict(type="MaskSetLoss", num_points=12544),
    ),
)
