"""FCN-32s on VGG-16, Long et al., CVPR 2015, https://arxiv.org/abs/1411.4038.

The weights were trained on images in RGB, 0 to 255, less the mean.
"""

_base_ = "fcn_vgg16-8s.py"
model = dict(decode_head=dict(stride=32))
