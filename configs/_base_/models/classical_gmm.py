"""Mixture of Gaussians on colour and position; each region gets the class of similar training regions.

Source: Permuter et al., Pattern Recognition 2006.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="ClusterRegions", method="gmm", clusters=12),
    scale=0.5,
)
