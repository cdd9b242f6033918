"""Fast-SCNN on Cityscapes.

Paper: Poudel et al., BMVC 2019, https://arxiv.org/abs/1902.04502.
Run: `tools/dist_train.sh configs/fastscnn/fastscnn_fcn_8xb4-160k_cityscapes-512x1024.py 8`
Expect: 70.96 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/fastscnn_fcn.py",
    "../_base_/datasets/cityscapes.py",
    "../_base_/schedules/sgd_160k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=4)
optim_wrapper = dict(optimizer=dict(lr=0.12, weight_decay=4e-5))
