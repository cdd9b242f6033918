"""PIDNet-L on Cityscapes.

Paper: Xu et al., CVPR 2023, https://arxiv.org/abs/2206.02066.
Run: `tools/dist_train.sh configs/pidnet/pidnet_l_2xb6-120k_cityscapes-1024x1024.py 2`
Expect: 80.89 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/pidnet_l.py",
    "../_base_/datasets/cityscapes_1024x1024_class-weights_edges.py",
    "../_base_/schedules/sgd_120k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(
        num_classes={{_base_.num_classes}},
        loss_decode=[
            dict(type="CrossEntropyLoss", class_weight={{_base_.class_weight}}, loss_weight=0.4),
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=131072, class_weight={{_base_.class_weight}}),
            dict(type="BoundaryLoss", loss_weight=20.0),
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=131072, class_weight={{_base_.class_weight}}),
        ],
    ),
)
train_dataloader = dict(batch_size=6)
