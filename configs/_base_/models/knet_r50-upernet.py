"""K-Net on ResNet-50 with a UPerNet head, https://arxiv.org/abs/2106.14855."""

_base_ = "knet_r50-d8-fcn.py"
model = dict(
    backbone=dict(dilations=(1, 1, 1, 1), strides=(1, 2, 2, 2)),
    decode_head=dict(
        kernel_generate_head=dict(
            _delete_=True,
            type="UPerHead",
            in_channels=[256, 512, 1024, 2048],
            in_index=[0, 1, 2, 3],
            pool_scales=(1, 2, 3, 6),
            channels=512,
            dropout_ratio=0.1,
            norm_cfg=dict(type="SyncBN"),
            align_corners=False,
            loss_decode=dict(type="CrossEntropyLoss"),
        ),
    ),
)
