"""STDC2 on Cityscapes.

Paper: Fan et al., CVPR 2021, https://arxiv.org/abs/2104.13188.
Run: `tools/dist_train.sh configs/stdc/stdc_stdc2_4xb12-80k_cityscapes-512x1024.py 4`
Expect: 76.67 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/stdc_stdc2.py",
    "../_base_/datasets/cityscapes.py",
    "../_base_/schedules/sgd_warmup_80k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=12)
