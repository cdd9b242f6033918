"""Cityscapes in crops of 1024x1024, with the class weights of PIDNet and DDRNet as published.

Source: MMSegmentation's configs of both. A leaf hands them to its losses.
"""

_base_ = "cityscapes_1024x1024.py"

class_weight = [
    *(0.8373, 0.918, 0.866, 1.0345, 1.0166, 0.9969, 0.9754, 1.0489, 0.8786, 1.0023),
    *(0.9539, 0.9843, 1.1116, 0.9037, 1.0865, 1.0955, 1.0865, 1.1529, 1.0507),
]
