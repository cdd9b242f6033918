"""DDRNet-23-slim on Cityscapes.

Paper: Hong et al., 2021, https://arxiv.org/abs/2101.06085.
Run: `tools/dist_train.sh configs/ddrnet/ddrnet_23-slim_2xb6-120k_cityscapes-1024x1024.py 2`
Expect: 77.84 mIoU, single scale, published for this recipe by the MMSegmentation model zoo.
"""

_base_ = [
    "../_base_/models/ddrnet_23-slim.py",
    "../_base_/datasets/cityscapes_1024x1024_class-weights.py",
    "../_base_/schedules/sgd_120k.py",
    "../_base_/runtime.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(
        num_classes={{_base_.num_classes}},
        loss_decode=[
            dict(type="OhemCrossEntropy", thres=0.9, min_kept=131072, class_weight={{_base_.class_weight}}),
            dict(
                type="OhemCrossEntropy",
                thres=0.9,
                min_kept=131072,
                class_weight={{_base_.class_weight}},
                loss_weight=0.4,
            ),
        ],
    ),
)
train_dataloader = dict(batch_size=6)
