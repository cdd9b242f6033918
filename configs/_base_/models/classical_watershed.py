"""Watershed of the gradient; each region gets the class of similar training regions.

Source: Vincent and Soille, TPAMI 1991.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="WatershedRegions"),
    scale=0.5,
)
