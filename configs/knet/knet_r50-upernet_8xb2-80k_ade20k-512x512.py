"""K-Net on ResNet-50 with a UPerNet head on ADE20K.

Paper: Zhang et al., NeurIPS 2021, https://arxiv.org/abs/2106.14855.
Run: `tools/dist_train.sh configs/knet/knet_r50-upernet_8xb2-80k_ade20k-512x512.py 8`
Expect: 43.45 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/knet_r50-upernet.py",
    "../_base_/datasets/ade20k.py",
    "../_base_/schedules/adamw_step_80k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=2)
