"""Felzenszwalb's graph-based regions; each region gets the class of similar training regions.

Source: Felzenszwalb and Huttenlocher, IJCV 2004.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="FelzenszwalbRegions"),
    scale=0.5,
)
