"""MMSegmentation's U-Net with auxiliary head on DRIVE.

Paper: Ronneberger, Fischer and Brox, MICCAI 2015, https://arxiv.org/abs/1505.04597.
Run: `tools/dist_train.sh configs/unet/unet_s5-d16_4xb4-40k_drive-64x64.py 4`
Expect: 78.67 Dice, published for this recipe by the MMSegmentation model zoo (vessel class, sliding windows).
"""

_base_ = [
    "../_base_/models/unet_s5-d16.py",
    "../_base_/datasets/drive.py",
    "../_base_/schedules/sgd_40k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    auxiliary_head=dict(num_classes={{_base_.num_classes}}),
    test_cfg=dict(mode="slide", crop_size={{_base_.crop_size}}, stride=(42, 42)),
)
