"""Pure tensor and array functions that several packages share."""
