"""Labelled and unlabelled images: a teacher's labels of weak views train the student on mixed strong views.

Sources: Tarvainen and Valpola, NeurIPS 2017; French et al., BMVC 2020; Sohn et al., NeurIPS 2020; Yang et
al., CVPR 2023. A leaf puts the segmentor and the sources in.
"""

custom_hooks = [dict(type="EmaTeacherHook", momentum=0.01)]
