"""DeepLab v2, ASPP-L on VGG-16, Chen et al., TPAMI 2017, https://arxiv.org/abs/1606.00915.

The weights were trained on images in RGB, 0 to 255, less the mean. The dense CRF has the parameters released
for this network; without it: `--cfg-options "model.postprocess=[]"`.
"""

_base_ = "deeplabv1_vgg16-largefov.py"
model = dict(
    type="MultiScaleEncoderDecoder",
    backbone=dict(fc_dilations=(6, 12, 18, 24)),
    decode_head=dict(in_index=(0, 1, 2, 3), dilations=(1, 1, 1, 1)),
)
