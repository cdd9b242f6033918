"""Connected components of three Otsu levels; each region gets the class of similar training regions.

Source: Liao et al., JISE 2001.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="ThresholdRegions", method="multi_otsu", levels=3, split=True),
    scale=0.5,
)
