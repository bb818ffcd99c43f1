"""Image in, payload text out."""

import os

# OpenCV reads this limit once, while it is imported, so it is set before any module here imports
# it. 64 Mpx: a small file may promise far more and fill the memory of a kiosk.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(1 << 26))
