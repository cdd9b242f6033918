"""Mean shift; each region gets the class of similar training regions.

Source: Comaniciu and Meer, TPAMI 2002.
"""

model = dict(
    type="ClassicalSegmentor",
    data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    regions=dict(type="MeanShiftRegions"),
    scale=0.5,
)
