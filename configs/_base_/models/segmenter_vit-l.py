"""Segmenter on ViT-L/16 with the mask transformer, Strudel et al., ICCV 2021, https://arxiv.org/abs/2105.05633.

Modules and keys are MMSegmentation's.
"""

model = dict(
    type="EncoderDecoder",
    data_preprocessor=dict(
        type="CheckedPreProcessor",
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
    ),
    backbone=dict(
        type="VisionTransformer",
        img_size=(640, 640),
        patch_size=16,
        in_channels=3,
        embed_dims=1024,
        num_layers=24,
        num_heads=16,
        drop_path_rate=0.1,
        attn_drop_rate=0.0,
        drop_rate=0.0,
        final_norm=True,
        norm_cfg=dict(type="LN", eps=1e-6),
        with_cls_token=True,
        interpolate_mode="bicubic",
        init_cfg=dict(
            type="BackboneWeights",
            checkpoint="https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/segmenter/vit_large_p16_384_20220308-d4efb41d.pth",
        ),
    ),
    decode_head=dict(
        type="SegmenterMaskTransformerHead",
        in_channels=1024,
        channels=1024,
        num_layers=2,
        num_heads=16,
        embed_dims=1024,
        dropout_ratio=0.0,
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="slide", crop_size=(640, 640), stride=(608, 608)),
)
