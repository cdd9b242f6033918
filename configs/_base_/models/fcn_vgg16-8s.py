"""FCN-8s on VGG-16, Long et al., CVPR 2015, https://arxiv.org/abs/1411.4038.

The weights were trained on images in RGB, 0 to 255, less the mean.
"""

_base_ = "encoder_decoder.py"
model = dict(
    data_preprocessor=dict(std=[1.0, 1.0, 1.0]),
    backbone=dict(
        type="FCNVGG", init_cfg=dict(type="BackboneWeights", checkpoint="open-mmlab://vgg16_caffe")
    ),
    decode_head=dict(type="FCNSkipHead", loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True)),
)
