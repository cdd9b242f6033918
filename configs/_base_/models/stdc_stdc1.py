"""STDC1, Fan et al., CVPR 2021, https://arxiv.org/abs/2104.13188.

Modules and keys are MMSegmentation's. The third auxiliary head learns boundaries.
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
        type="STDCContextPathNet",
        backbone_cfg=dict(
            type="STDCNet",
            stdc_type="STDCNet1",
            in_channels=3,
            channels=(32, 64, 256, 512, 1024),
            bottleneck_type="cat",
            norm_cfg=dict(type="BN"),
            act_cfg=dict(type="ReLU"),
            init_cfg=dict(
                type="BackboneWeights",
                checkpoint="https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/stdc/stdc1_20220308-5368626c.pth",
            ),
        ),
        last_in_channels=(1024, 512),
        out_channels=128,
        ffm_cfg=dict(in_channels=384, out_channels=256, scale_factor=4),
    ),
    decode_head=dict(
        type="FCNHead",
        in_channels=256,
        in_index=3,
        channels=256,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0.1,
        norm_cfg=dict(type="BN"),
        align_corners=True,
        sampler=dict(type="OHEMPixelSampler", thresh=0.7, min_kept=10000),
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    auxiliary_head=dict(
        type="AuxiliaryHeads",
        common=dict(
            type="FCNHead",
            num_convs=1,
            concat_input=False,
            norm_cfg=dict(type="BN"),
            sampler=dict(type="OHEMPixelSampler", thresh=0.7, min_kept=10000),
            loss_decode=dict(type="CrossEntropyLoss"),
        ),
        heads=[
            dict(in_channels=128, in_index=2, channels=64),
            dict(in_channels=128, in_index=1, channels=64),
            dict(
                type="STDCHead",
                num_classes=2,
                boundary_threshold=0.1,
                in_channels=256,
                in_index=0,
                channels=64,
                sampler=None,
                align_corners=True,
                loss_decode=[
                    dict(type="CrossEntropyLoss", loss_name="loss_ce", use_sigmoid=True),
                    dict(type="DiceLoss", loss_name="loss_dice"),
                ],
            ),
        ],
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
