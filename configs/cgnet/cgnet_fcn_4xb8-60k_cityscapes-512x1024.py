"""CGNet on Cityscapes.

Paper: Wu et al., TIP 2021, https://arxiv.org/abs/1811.08201.
Run: `tools/dist_train.sh configs/cgnet/cgnet_fcn_4xb8-60k_cityscapes-512x1024.py 4`
Expect: 68.27 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/cgnet_fcn.py",
    "../_base_/datasets/cityscapes_class-weights.py",
    "../_base_/schedules/adam_60k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(
        num_classes={{_base_.num_classes}}, loss_decode=dict(class_weight={{_base_.class_weight}})
    ),
)
train_dataloader = dict(batch_size=8)
