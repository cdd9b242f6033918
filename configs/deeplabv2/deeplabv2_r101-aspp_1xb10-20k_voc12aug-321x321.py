"""DeepLab v2 on ResNet-101 on PASCAL VOC 2012, augmented.

Paper: Chen et al., TPAMI 2017, https://arxiv.org/abs/1606.00915.
Run: `python tools/train.py configs/deeplabv2/deeplabv2_r101-aspp_1xb10-20k_voc12aug-321x321.py`
Expect: the paper's recipe; with COCO weights and dense CRF it prints 77.69 on VOC 2012 val.
"""

_base_ = [
    "../_base_/models/deeplabv2_r101-aspp.py",
    "../_base_/datasets/voc12aug_321x321.py",
    "../_base_/schedules/sgd_deeplab_20k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=10)
