"""k-means on colour and position; each region gets the class of similar training regions.

Source: Lloyd, IEEE Trans. IT 1982.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="ClusterRegions", method="kmeans", clusters=16),
    scale=0.5,
)
