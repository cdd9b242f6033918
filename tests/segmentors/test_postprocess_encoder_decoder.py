import torch
from mmseg.registry import MODELS

from tests.segmentors.small_model import batch, small_model


def test_crf_changes_the_predictions_and_not_the_weights():
    cls = MODELS.get("PostprocessEncoderDecoder")
    plain, refined = small_model(MODELS.get("EncoderDecoder")), small_model(cls, [dict(type="DenseCRF")])
    refined.load_state_dict(plain.state_dict(), strict=True)
    with torch.no_grad():
        before, after = plain.test_step(batch()), refined.test_step(batch())
    changed = [(a.pred_sem_seg.data != b.pred_sem_seg.data).any() for a, b in zip(before, after, strict=True)]
    assert any(changed)
    assert torch.equal(after[0].seg_logits.data.argmax(0), after[0].pred_sem_seg.data[0])
