"""BiSeNet V2 on Cityscapes.

Paper: Yu et al., IJCV 2021, https://arxiv.org/abs/2004.02147.
Run: `tools/dist_train.sh configs/bisenetv2/bisenetv2_fcn_4xb4-160k_cityscapes-1024x1024.py 4`
Expect: 73.21 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/bisenetv2_fcn.py",
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
optim_wrapper = dict(optimizer=dict(lr=0.05))
