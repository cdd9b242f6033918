"""GrabCut from SLIC superpixels' classes; each region gets the class of similar training regions.

Source: Rother, Kolmogorov and Blake, SIGGRAPH 2004.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="SlicRegions", segments=400),
    scale=0.5,
    postprocess=[dict(type="GrabCut")],
)
