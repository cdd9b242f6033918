"""BiSeNet on ResNet-50, https://arxiv.org/abs/1808.00897."""

_base_ = "bisenetv1_r18-d32.py"
model = dict(
    backbone=dict(
        context_channels=(512, 1024, 2048),
        spatial_channels=(256, 256, 256, 512),
        out_channels=1024,
        backbone_cfg=dict(depth=50, init_cfg=dict(checkpoint="torchvision://resnet50")),
    ),
    decode_head=dict(in_channels=1024, channels=1024),
    auxiliary_head=dict(
        heads=[
            dict(in_channels=512, in_index=1, channels=256),
            dict(in_channels=512, in_index=2, channels=256),
        ]
    ),
)
