"""LR-ASPP on MobileNetV3-Small on Cityscapes.

Paper: Howard et al., ICCV 2019, https://arxiv.org/abs/1905.02244.
Run: `tools/dist_train.sh configs/lraspp/lraspp_m-v3s-d8_4xb4-320k_cityscapes-512x1024.py 4`
Expect: 64.11 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/lraspp_m-v3s-d8.py",
    "../_base_/datasets/cityscapes.py",
    "../_base_/schedules/sgd_320k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=4)
