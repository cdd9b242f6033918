"""ERFNet on Cityscapes.

Paper: Romera et al., T-ITS 2018, https://doi.org/10.1109/TITS.2017.2750080.
Run: `tools/dist_train.sh configs/erfnet/erfnet_fcn_4xb4-160k_cityscapes-512x1024.py 4`
Expect: 72.5 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/erfnet_fcn.py",
    "../_base_/datasets/cityscapes.py",
    "../_base_/schedules/sgd_160k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=4)
