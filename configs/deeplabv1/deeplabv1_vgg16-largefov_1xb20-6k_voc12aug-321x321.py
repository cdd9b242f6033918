"""DeepLab v1 LargeFOV on PASCAL VOC 2012, augmented.

Paper: Chen et al., ICLR 2015, https://arxiv.org/abs/1412.7062.
Run: `python tools/train.py configs/deeplabv1/deeplabv1_vgg16-largefov_1xb20-6k_voc12aug-321x321.py`
Expect: the paper's recipe; with multi-scale features and dense CRF it prints 71.6 on VOC 2012 test.
"""

_base_ = [
    "../_base_/models/deeplabv1_vgg16-largefov.py",
    "../_base_/datasets/voc12aug_321x321.py",
    "../_base_/schedules/sgd_step_6k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(batch_size=20)
