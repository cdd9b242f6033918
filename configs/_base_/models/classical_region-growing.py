"""Region growing from automatic seeds, each region with the class of training regions like it.

Source: Adams and Bischof, TPAMI 1994.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="RegionGrowing"),
    scale=0.5,
)
