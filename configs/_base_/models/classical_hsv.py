"""Ranges of hue, saturation and value; each region gets the class of similar training regions.

Source: Smith, SIGGRAPH 1978.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="HsvRegions"),
    scale=0.5,
)
