"""DeepLab v1, LargeFOV on VGG-16, Chen et al., ICLR 2015, https://arxiv.org/abs/1412.7062.

The weights were trained on images in RGB, 0 to 255, less the mean. The dense CRF has the parameters
released for DeepLab v2 on VGG-16; without it: `--cfg-options "model.postprocess=[]"`.
"""

_base_ = "encoder_decoder.py"
model = dict(
    type="PostprocessEncoderDecoder",
    data_preprocessor=dict(std=[1.0, 1.0, 1.0]),
    backbone=dict(
        type="DeepLabVGG", init_cfg=dict(type="BackboneWeights", checkpoint="open-mmlab://vgg16_caffe")
    ),
    decode_head=dict(
        type="ASPPSumHead",
        in_channels=1024,
        dilations=(1,),
        kernel_size=1,
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
    postprocess=[
        dict(
            type="DenseCRF",
            gaussian_weight=2.0,
            gaussian_std=2.0,
            bilateral_weight=4.0,
            position_std=65.0,
            colour_std=3.0,
        )
    ],
)
