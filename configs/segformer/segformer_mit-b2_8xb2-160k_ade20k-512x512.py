"""SegFormer-B2 on ADE20K.

Paper: Xie et al., NeurIPS 2021, https://arxiv.org/abs/2105.15203.
Run: `tools/dist_train.sh configs/segformer/segformer_mit-b2_8xb2-160k_ade20k-512x512.py 8`
Expect: 45.58 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/segformer_mit-b2.py",
    "../_base_/datasets/ade20k.py",
    "../_base_/schedules/adamw_segformer_160k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=2)
