"""SegFormer-B3 on Cityscapes.

Paper: Xie et al., NeurIPS 2021, https://arxiv.org/abs/2105.15203.
Run: `tools/dist_train.sh configs/segformer/segformer_mit-b3_8xb1-160k_cityscapes-1024x1024.py 8`
Expect: 81.94 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/segformer_mit-b3.py",
    "../_base_/datasets/cityscapes_1024x1024.py",
    "../_base_/schedules/adamw_segformer_160k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
    test_cfg=dict(mode="slide", crop_size={{_base_.crop_size}}, stride=(768, 768)),
)
train_dataloader = dict(batch_size=1)
