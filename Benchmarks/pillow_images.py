"""Measures Pillow at what `data-bench images` does: `pillow_images.py PHOTO`; with `--make`, makes the photo.

The size is halved by the exact average of areas (`Image.BOX`).
"""

import json
import random
import sys
import time

from PIL import Image

path = sys.argv[-1]


def make(width=4000, height=3000):
    """Twelve megapixels of grain over slopes, about as hard to code as a photo."""
    random.seed(1)
    noise = Image.effect_noise((width // 4, height // 4), 60).resize((width, height), Image.BICUBIC)
    slopes = [Image.radial_gradient("L").resize((width, height)), Image.linear_gradient("L").resize((width, height))]
    bands = [noise, Image.blend(noise, slopes[0], 0.7), Image.blend(noise, slopes[1], 0.6)]
    Image.merge("RGB", bands).save(path, "JPEG", quality=90)


def decode():
    image = Image.open(path)
    image.load()
    return image


def halve(image):
    return image.resize((image.width // 2, image.height // 2), Image.BOX)


def rate(operation, count=3):
    start = time.process_time()
    for _ in range(count):
        operation()
    return count / (time.process_time() - start)


if "--make" in sys.argv:
    make()
    sys.exit()

photo = decode()
works = {"decode": decode, "halve": lambda: halve(photo), "decode and halve": lambda: halve(decode())}
rates = {work: [] for work in works}
for _ in range(5):
    for work, operation in works.items():
        rates[work].append(rate(operation))
for work, measured in rates.items():
    print(json.dumps({"work": work, "per_cpu_second": sorted(measured)[len(measured) // 2]}))
