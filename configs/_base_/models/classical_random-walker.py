"""Random walks from confident pixels of SLIC superpixels; each gets the class of similar training regions.

Source: Grady, TPAMI 2006.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="SlicRegions", segments=400),
    scale=0.5,
    postprocess=[dict(type="RandomWalker")],
)
