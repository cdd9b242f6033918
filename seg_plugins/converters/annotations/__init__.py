"""Reading of COCO and Labelme files, and drawing of their objects as class maps and instance maps."""
