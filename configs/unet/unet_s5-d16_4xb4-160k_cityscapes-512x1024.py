"""MMSegmentation's U-Net with auxiliary head on Cityscapes.

Paper: Ronneberger, Fischer and Brox, MICCAI 2015, https://arxiv.org/abs/1505.04597.
Run: `tools/dist_train.sh configs/unet/unet_s5-d16_4xb4-160k_cityscapes-512x1024.py 4`
Expect: 69.10 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/unet_s5-d16.py",
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
