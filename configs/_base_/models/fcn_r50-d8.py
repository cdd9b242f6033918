"""FCN on ResNet-50 at output stride 8, https://arxiv.org/abs/1411.4038.

Modules and keys are MMSegmentation's.
"""

_base_ = "resnet50_d8.py"
model = dict(decode_head=dict(type="FCNHead", num_convs=2, concat_input=True))
