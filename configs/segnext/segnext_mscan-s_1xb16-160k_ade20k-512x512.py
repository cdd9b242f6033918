"""SegNeXt-S on ADE20K.

Paper: Guo et al., NeurIPS 2022, https://arxiv.org/abs/2209.08575.
Run: `python tools/train.py configs/segnext/segnext_mscan-s_1xb16-160k_ade20k-512x512.py`
Expect: 44.16 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/segnext_mscan-s.py",
    "../_base_/datasets/ade20k.py",
    "../_base_/schedules/adamw_segformer_160k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=16)
