"""FCN in CPU size on an eighth of CamVid's labels, and on its other training images without theirs.

Paper: https://arxiv.org/abs/2007.08702 (classes of labelled images, pasted in); FCN:
https://arxiv.org/abs/1411.4038.
Run: `python tools/train.py configs/fcn/fcn_tiny_1xb8-semi-1k_camvid-144x192.py`
Expect: figures, and those of the labels alone, stand in configs/RESULTS.md.
"""

_base_ = ["fcn_tiny_1xb4-few-1k_camvid-144x192.py", "../_base_/regimes/semi_supervised.py"]
batch_size = 8  # 4 labelled images and 4 others
sources = [{{_base_.train_dataloader.dataset}}, {{_base_.unlabelled_dataset}}]
model = dict(
    _delete_=True,
    type="TeacherStudentSegmentor",
    segmentor={{_base_.model}},
    semi_train_cfg=dict(
        threshold=0.8,
        warmup=100,
        ramp_up=300,
        mix=dict(type="ClassMix", num_classes={{_base_.num_classes}}),
        mix_from="labelled",
    ),
)
train_dataloader = dict(
    batch_size=batch_size,
    sampler=dict(type="ExactMultiSourceSampler", batch_size=batch_size, source_ratio=[1, 1]),
    dataset=dict(_delete_=True, type="MultiSourceDataset", datasets=sources),
)
