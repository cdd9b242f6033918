"""DDRNet-23-slim, Hong et al., 2021, https://arxiv.org/abs/2101.06085.

Modules and keys are MMSegmentation's.
"""

model = dict(
    type="EncoderDecoder",
    data_preprocessor=dict(
        type="CheckedPreProcessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
    ),
    backbone=dict(
        type="PaddedDDRNet",
        in_channels=3,
        channels=32,
        ppm_channels=128,
        norm_cfg=dict(type="SyncBN"),
        align_corners=False,
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://mmassets.onedl.ai/mmsegmentation/v0.5/ddrnet/pretrain/ddrnet23s-in1kpre_3rdparty-1ccac5b1.pth",
        ),
    ),
    decode_head=dict(
        type="DDRHead",
        in_channels=128,
        channels=64,
        dropout_ratio=0.0,
        norm_cfg=dict(type="SyncBN"),
        align_corners=False,
        loss_decode=[
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=131072),
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=131072, loss_weight=0.4),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
