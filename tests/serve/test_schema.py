from typing import get_args

from seg_plugins.serve.answers import PICTURES, segment_answer
from seg_plugins.serve.schema import PictureKind, SegmentAnswer
from tests.serve.base import StubPredictor, half_bright, taken


def test_schema_describes_the_answers():
    assert get_args(PictureKind) == PICTURES
    times = dict.fromkeys(("queue_ms", "decode_ms", "model_ms", "encode_ms"), 1.0)
    made = segment_answer(StubPredictor()(taken(half_bright())), ["packed"]) | {"timing": times}
    assert SegmentAnswer.model_validate(made).model_dump() == made
