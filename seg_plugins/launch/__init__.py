"""What `tools/train.py` and `tools/test.py` do around MMEngine's Runner. Imported by the tools only."""
