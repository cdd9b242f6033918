"""Normalised cuts of a superpixel graph; each region gets the class of similar training regions.

Source: Shi and Malik, TPAMI 2000.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="NormalizedCutRegions"),
    scale=0.5,
)
