"""Normalised cuts of a superpixel graph, each region with the class of training regions like it.

Source: Shi and Malik, TPAMI 2000.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="NormalizedCutRegions"),
    scale=0.5,
)
