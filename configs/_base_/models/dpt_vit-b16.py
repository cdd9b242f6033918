"""DPT on ViT-B/16, Ranftl et al., ICCV 2021, https://arxiv.org/abs/2103.13413.

Modules and keys are MMSegmentation's. Upstream begins from weights at 224x224 that it does not host;
these are the ViT-B/16 at 384x384 of its Segmenter.
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
        type="VisionTransformer",
        img_size=224,
        embed_dims=768,
        num_layers=12,
        num_heads=12,
        out_indices=(2, 5, 8, 11),
        final_norm=False,
        with_cls_token=True,
        output_cls_token=True,
        init_cfg=dict(
            type="BackboneWeights",
            checkpoint="https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/segmenter/vit_base_p16_384_20220308-96dfe169.pth",
        ),
    ),
    decode_head=dict(
        type="DPTHead",
        in_channels=(768, 768, 768, 768),
        in_index=(0, 1, 2, 3),
        input_transform="multiple_select",
        channels=256,
        embed_dims=768,
        post_process_channels=[96, 192, 384, 768],
        readout_type="project",
        norm_cfg=dict(type="SyncBN"),
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
