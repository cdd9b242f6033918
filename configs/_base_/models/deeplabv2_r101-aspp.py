"""DeepLab v2, ResNet-101 with ASPP and multi-scale fusion, Chen et al., TPAMI 2017, https://arxiv.org/abs/1606.00915.

The weights were trained on images in BGR, 0 to 255, less the mean. The dense CRF has the parameters released
for this network; without it: `--cfg-options "model.postprocess=[]"`.
"""

_base_ = "encoder_decoder.py"
model = dict(
    type="MultiScaleEncoderDecoder",
    data_preprocessor=dict(mean=[103.53, 116.28, 123.675], std=[1.0, 1.0, 1.0], bgr_to_rgb=False),
    backbone=dict(
        type="ResNet",
        depth=101,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        dilations=(1, 1, 2, 4),
        strides=(1, 2, 1, 1),
        norm_cfg=dict(type="SyncBN"),
        norm_eval=False,
        style="caffe",
        init_cfg=dict(type="BackboneWeights", checkpoint="open-mmlab://detectron2/resnet101_caffe"),
    ),
    decode_head=dict(
        type="ASPPSumHead",
        in_channels=2048,
        in_index=3,
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
    postprocess=[
        dict(
            type="DenseCRF",
            gaussian_weight=3.0,
            gaussian_std=1.0,
            bilateral_weight=4.0,
            position_std=67.0,
            colour_std=3.0,
        )
    ],
)
