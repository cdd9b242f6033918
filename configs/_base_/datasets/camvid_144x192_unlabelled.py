"""CamVid at half resolution, and images of its training split without their labels.

Prepare: as camvid_144x192.py, then `python tools/prepare_dataset.py split data/camvid --label-fractions 8`
"""

_base_ = "camvid_144x192.py"

labelled_list = "lists/labelled-8-0.txt"
unlabelled_list = "lists/unlabelled-8-0.txt"
unlabelled_pipeline = [
    dict(type="LoadSegImage"),
    dict(type="RandomResize", scale=(240, 180), ratio_range=(0.8, 1.6), keep_ratio=True),  # scale=(W, H)
    dict(type="RandomCrop", crop_size={{_base_.crop_size}}),
    dict(type="RandomFlip", prob=0.5),
    dict(
        type="MultiBranch",
        branch_field=["sup", "unsup_teacher", "unsup_student"],
        unsup_teacher=[dict(type="PackSegInputs")],
        unsup_student=[
            dict(type="FastPhotoMetricDistortion"),
            dict(type="RandomBlur", prob=0.5),
            dict(type="PackSegInputs"),
        ],
    ),
]
unlabelled_dataset = dict(
    type={{_base_.dataset_type}},
    data_root={{_base_.data_root}},
    data_prefix=dict(img_path="images/train"),
    ann_file=unlabelled_list,
    pipeline=unlabelled_pipeline,
)
