"""Ranges of hue, saturation and value, each region with the class of training regions like it.

Source: Smith, SIGGRAPH 1978.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="HsvRegions"),
    scale=0.5,
)
