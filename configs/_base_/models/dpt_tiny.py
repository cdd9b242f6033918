"""DPT in CPU size: four layers of 64 channels on 16x16 patches."""

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
        type="VisionTransformer",
        img_size=(128, 256),
        embed_dims=64,
        num_layers=4,
        num_heads=2,
        out_indices=(0, 1, 2, 3),
        final_norm=False,
        with_cls_token=True,
        output_cls_token=True,
    ),
    decode_head=dict(
        type="DPTHead",
        in_channels=(64, 64, 64, 64),
        in_index=(0, 1, 2, 3),
        input_transform="multiple_select",
        channels=32,
        embed_dims=64,
        post_process_channels=[16, 32, 48, 64],
        readout_type="project",
        norm_cfg=dict(type="BN"),
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
