"""FCN-8s on VGG-16, Long et al., CVPR 2015, https://arxiv.org/abs/1411.4038.

The weights were made with images in RGB, 0 to 255, less the mean.
"""

model = dict(
    type="EncoderDecoder",
    data_preprocessor=dict(
        type="CheckedPreProcessor",
        mean=[123.675, 116.28, 103.53],
        std=[1.0, 1.0, 1.0],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
    ),
    backbone=dict(
        type="FCNVGG", init_cfg=dict(type="BackboneWeights", checkpoint="open-mmlab://vgg16_caffe")
    ),
    decode_head=dict(type="FCNSkipHead", loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True)),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
