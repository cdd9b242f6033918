"""DPT on ViT-B/16 on ADE20K.

Paper: Ranftl et al., ICCV 2021, https://arxiv.org/abs/2103.13413.
Run: `tools/dist_train.sh configs/dpt/dpt_vit-b16_8xb2-160k_ade20k-512x512.py 8`
Expect: 46.97 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/dpt_vit-b16.py",
    "../_base_/datasets/ade20k.py",
    "../_base_/schedules/adamw_160k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=2)
