"""Threshold at the local mean, connected components; each region gets the class of similar training regions.

Source: Bradley and Roth, JGT 2007.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="ThresholdRegions", method="adaptive", split=True),
    scale=0.5,
)
