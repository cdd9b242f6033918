"""Alpha-expansion by maximum flow on superpixels; each gets the class of similar training regions.

Source: Boykov, Veksler and Zabih, TPAMI 2001.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="SlicRegions", segments=400),
    scale=0.5,
    postprocess=[dict(type="MaxFlowCut")],
)
