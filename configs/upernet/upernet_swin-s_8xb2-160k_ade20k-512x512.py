"""UPerNet on Swin-S on ADE20K.

Paper: Xiao et al., ECCV 2018, https://arxiv.org/abs/1807.10221.
Run: `tools/dist_train.sh configs/upernet/upernet_swin-s_8xb2-160k_ade20k-512x512.py 8`
Expect: 47.72 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/upernet_swin-s.py",
    "../_base_/datasets/ade20k.py",
    "../_base_/schedules/adamw_160k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=2)
