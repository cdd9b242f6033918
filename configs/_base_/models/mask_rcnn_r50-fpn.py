"""Mask R-CNN, ResNet-50-FPN, with the semantic branch of Panoptic FPN.

Source: He et al., Mask R-CNN, ICCV 2017, https://arxiv.org/abs/1703.06870; semantic branch: Kirillov et al.,
Panoptic Feature Pyramid Networks, CVPR 2019, https://arxiv.org/abs/1901.02446
"""

_base_ = "encoder_decoder.py"
model = dict(
    type="MaskRCNN",
    data_preprocessor=dict(type="SegDataPreProcessor"),
    backbone=dict(
        type="ResNet",
        depth=50,
        norm_cfg=dict(type="SyncBN"),
        style="pytorch",
        init_cfg=dict(type="BackboneWeights", checkpoint="torchvision://resnet50"),
    ),
    neck=dict(type="FPN", in_channels=[256, 512, 1024, 2048], out_channels=256, num_outs=5),
    rpn_head=dict(type="RPNHead", in_channels=256, strides=[4, 8, 16, 32, 64]),
    box_head=dict(type="BoxHead", in_channels=256, strides=[4, 8, 16, 32]),
    mask_head=dict(type="MaskHead", in_channels=256, strides=[4, 8, 16, 32]),
    decode_head=dict(
        type="FPNHead",
        in_channels=[256, 256, 256, 256],
        in_index=[0, 1, 2, 3],
        feature_strides=[4, 8, 16, 32],
        channels=128,
        norm_cfg=dict(type="SyncBN"),
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss", use_sigmoid=False, loss_weight=1.0),
    ),
)
