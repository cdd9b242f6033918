"""SLIC superpixels; each region gets the class of similar training regions.

Source: Achanta et al., TPAMI 2012.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="SlicRegions", segments=400),
    scale=0.5,
)
