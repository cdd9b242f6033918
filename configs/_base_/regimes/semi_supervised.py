"""Labelled and unlabelled images: a teacher's labels of weak views train the student on mixed strong views.

Sources: Tarvainen and Valpola, NeurIPS 2017; French et al., BMVC 2020; Sohn et al., NeurIPS 2020; Yang et
al., CVPR 2023. A leaf puts the segmentor and the sources in.
"""

custom_hooks = [dict(type="EmaTeacherHook", momentum=0.01)]
semi_train_cfg = dict(
    threshold=0.8, unsup_weight=1.0, warmup=200, ramp_up=500, mix=dict(type="CutMix", prob=1.0)
)
semi_test_cfg = dict(predict_on="teacher")
