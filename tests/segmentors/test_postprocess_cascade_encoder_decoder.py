import torch
from mmengine import ConfigDict
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from tests.segmentors.small_model import HEAD, NORM, batch


def test_a_cascade_is_post_processed():
    init_default_scope("mmseg")
    head = HEAD | dict(num_classes=3, align_corners=False, in_channels=8, in_index=0)
    model = MODELS.build(
        dict(
            type="PostprocessCascadeEncoderDecoder",
            num_stages=2,
            backbone=dict(type="ResNetV1c", depth=18, base_channels=8, norm_cfg=dict(type="BN")),
            decode_head=[
                head,
                dict(
                    type="OCRHead", in_channels=8, in_index=0, channels=8, ocr_channels=4, num_classes=3,
                    align_corners=False, norm_cfg=dict(type="BN"),
                ),
            ],
            data_preprocessor=dict(type="SegDataPreProcessor", **NORM),
            test_cfg=ConfigDict(mode="whole"),
            postprocess=[dict(type="DenseCRF")],
        )
    ).eval()  # fmt: skip
    with torch.no_grad():
        out = model.test_step(batch())
    assert torch.equal(out[0].seg_logits.data.argmax(0), out[0].pred_sem_seg.data[0])
    assert torch.allclose(out[0].seg_logits.data.exp().sum(0), torch.ones(16, 24), atol=1e-4)
