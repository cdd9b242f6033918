"""Region growing from automatic seeds; each region gets the class of similar training regions.

Source: Adams and Bischof, TPAMI 1994.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="RegionGrowing"),
    scale=0.5,
)
