"""Segment an image with an exported file, without PyTorch: run_exported.py MODEL.onnx PIXELS.npy LABELS.npy.

PIXELS.npy holds the image (H, W, C) uint8, red first, at the size that the network is to see, for instance
`numpy.asarray(PIL.Image.open("photo.jpg").convert("RGB"))`. LABELS.npy gets class ids (H, W).
"""

import json
import sys

import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
facts = {key: json.loads(text) for key, text in session.get_modelmeta().custom_metadata_map.items()}
pixels = np.load(sys.argv[2])
if facts["channel_order"] == "BGR":
    pixels = pixels[..., ::-1]
if facts["input"] == "float32":
    mean, std = facts["mean"] or [0], facts["std"] or [1]
    pixels = ((pixels - np.float32(mean)) / np.float32(std)).transpose(2, 0, 1)
logits = session.run(["logits"], {"image": np.ascontiguousarray(pixels[None])})[0][0]
labels = logits.argmax(0) if len(logits) > 1 else 1 / (1 + np.exp(-logits[0])) > facts["threshold"]
np.save(sys.argv[3], labels.astype(np.int64))
print(*(f"{name}: {(labels == number).mean():.1%}" for number, name in enumerate(facts["classes"])), sep="\n")
