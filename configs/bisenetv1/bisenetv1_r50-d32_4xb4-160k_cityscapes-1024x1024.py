"""BiSeNet on ResNet-50 on Cityscapes.

Paper: Yu et al., ECCV 2018, https://arxiv.org/abs/1808.00897.
Run: `tools/dist_train.sh configs/bisenetv1/bisenetv1_r50-d32_4xb4-160k_cityscapes-1024x1024.py 4`
Expect: 77.68 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/bisenetv1_r50-d32.py",
    "../_base_/datasets/cityscapes_1024x1024.py",
    "../_base_/schedules/sgd_warmup_160k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=4)
optim_wrapper = dict(optimizer=dict(lr=0.025))
