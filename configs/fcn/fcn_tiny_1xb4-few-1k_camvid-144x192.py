"""FCN in CPU size on an eighth of CamVid's labels: what ways to learn from few labels are compared with.

Paper: Long, Shelhamer and Darrell, CVPR 2015, https://arxiv.org/abs/1411.4038.
Run: `python tools/train.py configs/fcn/fcn_tiny_1xb4-few-1k_camvid-144x192.py`
Expect: about 4 minutes on 2 CPU cores; figures stand in configs/RESULTS.md.
"""

_base_ = [
    "../_base_/models/fcn_tiny.py",
    "../_base_/datasets/camvid_144x192_unlabelled.py",
    "../_base_/schedules/adamw_1k.py",
    "../_base_/runtime.py",
    "../_base_/fast.py",
]
model = dict(
    data_preprocessor=dict(size={{_base_.crop_size}}),
    decode_head=dict(num_classes={{_base_.num_classes}}),
)
train_dataloader = dict(dataset=dict(ann_file={{_base_.labelled_list}}))
