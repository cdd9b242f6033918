"""HRNetV2-W48 on Cityscapes.

Paper: Wang et al., TPAMI 2020, https://arxiv.org/abs/1908.07919.
Run: `tools/dist_train.sh configs/hrnet/hrnet_w48_4xb2-80k_cityscapes-512x1024.py 4`
Expect: 79.93 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/hrnet_w48.py",
    "../_base_/datasets/cityscapes.py",
    "../_base_/schedules/sgd_80k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
