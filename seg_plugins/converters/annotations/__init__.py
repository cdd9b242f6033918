"""Reads COCO and Labelme files, and draws their objects as maps of classes and instances."""
