"""PIDNet-S, Xu et al., CVPR 2023, https://arxiv.org/abs/2206.02066.

Modules and keys are MMSegmentation's. It needs the edge maps of a data set base that ends in `_edges`.
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
        type="PaddedPIDNet",
        in_channels=3,
        channels=32,
        ppm_channels=96,
        num_stem_blocks=2,
        num_branch_blocks=3,
        align_corners=False,
        norm_cfg=dict(type="SyncBN"),
        act_cfg=dict(type="ReLU", inplace=True),
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/pidnet/pidnet-s_imagenet1k_20230306-715e6273.pth",
        ),
    ),
    decode_head=dict(
        type="PIDHead",
        in_channels=128,
        channels=128,
        norm_cfg=dict(type="SyncBN"),
        act_cfg=dict(type="ReLU", inplace=True),
        align_corners=True,
        loss_decode=[
            dict(type="CrossEntropyLoss", loss_weight=0.4),
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=131072),
            dict(type="BoundaryLoss", loss_weight=20.0),
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=131072),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
