"""HRNetV2-W48 on ADE20K.

Paper: Wang et al., TPAMI 2020, https://arxiv.org/abs/1908.07919.
Run: `tools/dist_train.sh configs/hrnet/hrnet_w48_4xb4-160k_ade20k-512x512.py 4`
Expect: 42.02 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/hrnet_w48.py",
    "../_base_/datasets/ade20k.py",
    "../_base_/schedules/sgd_160k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
