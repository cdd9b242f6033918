"""Otsu's threshold; each region gets the class of similar training regions.

Source: Otsu, IEEE Trans. SMC 1979.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="ThresholdRegions", method="otsu"),
    scale=0.5,
)
