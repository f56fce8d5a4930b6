/// What Python is asked to do. None of it uses our code, and the PNG writer none of Pillow's either.
enum PythonPrograms {
    private static let tools = #"""
        import base64, io, json, random, struct, sys, zlib
        from PIL import Image, ImageOps
        asked = json.load(sys.stdin)
        random.seed(7)
        def b64(data): return base64.b64encode(data).decode()
        def chunk(name, data):
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        def picture(name, file, format, width, height, pixels, **more):
            return dict(name=name, file=b64(file), format=format, width=width, height=height, pixels=b64(pixels), **more)

        """#

    /// Every colour type and depth, with and without interlacing and transparent colours, in three sizes.
    static let pngs =
        tools + #"""
            CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
            def packed(samples, depth):
                if depth == 16: return b"".join(struct.pack(">H", s) for s in samples)
                bits = "".join(format(s, "0%db" % depth) for s in samples)
                bits += "0" * (-len(bits) % 8)
                return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
            def paeth(a, b, c):
                p = a + b - c
                return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            def filtered(rows, step):
                out, above = b"", None
                for row in rows:
                    up, kind = above or bytes(len(row)), random.randrange(5)
                    left = bytes(step) + row; corner = bytes(step) + up
                    guess = [lambda i: 0, lambda i: left[i], lambda i: up[i], lambda i: (left[i] + up[i]) // 2,
                             lambda i: paeth(left[i], up[i], corner[i])][kind]
                    out += bytes([kind]) + bytes((row[i] - guess(i)) & 255 for i in range(len(row)))
                    above = row
                return out
            PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            def png(w, h, depth, kind, grid, interlaced, before):
                n = CHANNELS[kind]; step = max(1, n * depth // 8); data = b""
                for x0, y0, dx, dy in PASSES if interlaced else [(0, 0, 1, 1)]:
                    rows = [packed([s for x in range(x0, w, dx) for s in grid[y][x]], depth) for y in range(y0, h, dy)]
                    if x0 < w: data += filtered(rows, step)
                head = struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, int(interlaced))
                stream = zlib.compress(data); half = len(stream) // 2
                return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", stream[:half])
                        + chunk(b"IDAT", stream[half:]) + chunk(b"IEND", b""))
            FORMATS = {1: "gray", 2: "grayAlpha", 3: "rgb", 4: "rgba"}
            made = []
            def make(depth, kind, w, h, interlaced, clear):
                n = CHANNELS[kind]; top = (1 << depth) - 1
                grid = [[tuple(random.choice((0, top, random.randint(0, top))) for _ in range(n)) for _ in range(w)]
                        for _ in range(h)]
                before, palette = b"", None
                if kind == 3:
                    palette = [tuple(random.randrange(256) for _ in range(3)) + (255,) for _ in range(top + 1)]
                    before = chunk(b"PLTE", b"".join(bytes(c[:3]) for c in palette))
                    if clear:
                        alphas = [random.randrange(256) for _ in range((top + 2) // 2)]
                        palette = [c[:3] + ((alphas[i],) if i < len(alphas) else (255,)) for i, c in enumerate(palette)]
                        before += chunk(b"tRNS", bytes(alphas))
                elif clear:
                    before = chunk(b"tRNS", b"".join(struct.pack(">H", s) for s in grid[0][0]))
                wide = 65535 if depth == 16 else 255; pixels = []
                for row in grid:
                    for p in row:
                        if kind == 3: out = palette[p[0]] if clear else palette[p[0]][:3]
                        else:
                            out = tuple(s * wide // top for s in p)
                            if clear: out += (0 if p == grid[0][0] else wide,)
                        pixels.append(out)
                m = len(pixels[0])
                raw = b"".join(struct.pack("<H" if depth == 16 else "B", s) for p in pixels for s in p)
                file = png(w, h, depth, kind, grid, interlaced, before)
                if depth == 8 or kind == 3:
                    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[m]
                    pillow = Image.open(io.BytesIO(file)); pillow = pillow.convert("RGBA") if clear else pillow
                    assert pillow.convert(mode).tobytes() == raw, (depth, kind, clear)
                stored = bytes(p[0] for r in grid for p in r) if kind in (0, 3) and depth <= 8 else None
                name = "type %d, %d bits, %dx%d%s%s" % (kind, depth, w, h, ", interlaced" * interlaced, ", clear" * clear)
                made.append(picture(name, file, FORMATS[m] + ("16" if depth == 16 else "8"), w, h, raw,
                                    **({"raw": b64(stored)} if stored is not None else {})))
            for kind, depths in [(0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)), (6, (8, 16))]:
                for depth in depths:
                    for w, h in [(1, 1), (7, 5), (33, 19)]:
                        for interlaced in (False, True):
                            for clear in (False, True) if kind in (0, 2, 3) else (False,):
                                make(depth, kind, w, h, interlaced, clear)
            json.dump(made, sys.stdout)
            """#

    private static let scene = #"""
        def scene(w, h):
            im = Image.new("RGB", (w, h)); px = im.load()
            for y in range(h):
                for x in range(w):
                    px[x, y] = (x * 255 // w, y * 255 // h, (x * 3 + y * 5) % 256 if x < w // 2 else 90)
            return im
        def saved(im, **options):
            out = io.BytesIO(); im.save(out, "JPEG", **options); return out.getvalue()

        """#

    /// What cameras, scanners and printers write; the pixels are Pillow's reading of the same file.
    static let jpegs =
        tools + scene + #"""
            made = []
            def add(name, file, **more):
                im = Image.open(io.BytesIO(file))
                im = im if im.mode == "L" else im.convert("RGB")
                made.append(picture(name, file, "gray8" if im.mode == "L" else "rgb8", *im.size, im.tobytes(), **more))
            for mode in "L", "RGB", "CMYK":
                for size in (1, 1), (33, 19), (100, 75):
                    for progressive in False, True:
                        for sampling in (0, 1, 2) if mode == "RGB" else (0,):
                            file = saved(scene(*size).convert(mode), quality=90, progressive=progressive, subsampling=sampling)
                            add("%s %s, sampling %d%s" % (mode, size, sampling, ", progressive" * progressive), file)
                            if mode != "CMYK": continue
                            place = file.index(b"Adobe")
                            add("YCCK %s%s" % (size, ", progressive" * progressive), file[:place + 11] + b"\2" + file[place + 12:])
            add("restart markers", saved(scene(100, 75), quality=90, restart_marker_blocks=3))
            add("optimised", saved(scene(100, 75), quality=60, optimize=True))
            add("RGB kept as it is", saved(scene(64, 48), quality=90, keep_rgb=True))
            for n in range(1, 9):
                exif = Image.Exif(); exif[0x0112] = n
                file = saved(scene(40, 24), quality=95, subsampling=0, exif=exif)
                turned = ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB")
                made.append(picture("orientation %d" % n, file, "rgb8", *turned.size, turned.tobytes(), orientation=n))
                out = io.BytesIO(); scene(40, 24).save(out, "PNG", exif=exif)
                turned = ImageOps.exif_transpose(Image.open(io.BytesIO(out.getvalue()))).convert("RGB")
                made.append(picture("PNG, orientation %d" % n, out.getvalue(), "rgb8", *turned.size, turned.tobytes(), orientation=n))
            json.dump(made, sys.stdout)
            """#

    /// Small files that ask for much. Those named "fine" have pixels all the same.
    static let bombs =
        tools + scene + #"""
            huge = zlib.compress(bytes(128 << 20), 9)
            head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
            pixel = chunk(b"IDAT", zlib.compress(b"\0\x7f")) + chunk(b"IEND", b"")
            start = b"\x89PNG\r\n\x1a\n"
            made = [picture("fine: " + name.decode(), start + head + chunk(name, text + huge) + pixel, "gray8", 1, 1, b"\x7f")
                    for name, text in [(b"zTXt", b"Comment\0\0"), (b"iCCP", b"sRGB\0\0"), (b"iTXt", b"Comment\0\1\0\0\0")]]
            made.append(picture("too much in IDAT", start + head + chunk(b"IDAT", zlib.compress(b"\0\x7f" + bytes(128 << 20), 9))
                                + chunk(b"IEND", b""), "gray8", 1, 1, b"\x7f"))
            for side in 16000, 50000:
                made.append(picture("black %d" % side, start + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
                                    + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""), "gray8", side, side, b""))
            file = saved(scene(64, 64), progressive=True)
            first = file.index(b"\xff\xda"); second = file.index(b"\xff\xda", first + 2)
            made.append(picture("many scans", file[:first] + file[first:second] * 2000 + file[second:], "rgb8", 64, 64, b""))
            json.dump(made, sys.stdout)
            """#

    /// Reads PNGs by Python's zlib alone, and by Pillow where it keeps all bits.
    static let readPNGs =
        tools + #"""
            def paeth(a, b, c):
                p = a + b - c
                return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            def read(file):
                assert file[:8] == b"\x89PNG\r\n\x1a\n"
                at, data, palette, alphas, names = 8, b"", None, b"", []
                while at < len(file):
                    n, name = struct.unpack(">I4s", file[at:at + 8]); body = file[at + 8:at + 8 + n]
                    assert struct.unpack(">I", file[at + 8 + n:at + 12 + n])[0] == zlib.crc32(name + body)
                    names.append(name.decode()); at += 12 + n
                    if name == b"IHDR": w, h, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", body)
                    if name == b"IDAT": data += body
                    if name == b"PLTE": palette = body
                    if name == b"tRNS": alphas = body
                assert names[0] == "IHDR" and names[-1] == "IEND" and not interlaced
                data = zlib.decompress(data)
                n = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]; step = max(1, n * depth // 8); size = (w * n * depth + 7) // 8
                out, up = b"", bytes(size)
                for y in range(h):
                    kind_of_row, row = data[y * (size + 1)], bytearray(data[y * (size + 1) + 1:(y + 1) * (size + 1)])
                    for i in range(size):
                        a = row[i - step] if i >= step else 0; c = up[i - step] if i >= step else 0
                        row[i] = (row[i] + [0, a, up[i], (a + up[i]) // 2, paeth(a, up[i], c)][kind_of_row]) & 255
                    up = bytes(row)
                    if depth == 16: out += b"".join(up[i:i + 2][::-1] for i in range(0, size, 2))
                    elif depth == 8: out += up
                    else:
                        bits = "".join(format(v, "08b") for v in up)
                        out += bytes(int(bits[i:i + depth], 2) for i in range(0, w * depth, depth))
                colours = [list(palette[i:i + 3]) + [alphas[i // 3] if i // 3 < len(alphas) else 255]
                           for i in range(0, len(palette), 3)] if palette else []
                pillow = Image.open(io.BytesIO(file)); pillow.load()
                if kind == 0 and depth == 16: assert pillow.tobytes() == out
                elif depth == 8: assert pillow.tobytes() == out, (kind, pillow.mode)
                return dict(width=w, height=h, depth=depth, kind=kind, pixels=b64(out), palette=colours, chunks=names)
            json.dump([read(base64.b64decode(file)) for file in asked], sys.stdout)
            """#

    /// Decodes JPEGs with Pillow: what they are, and their pixels.
    static let readJPEGs =
        tools + #"""
            def read(file):
                im = Image.open(io.BytesIO(file)); im.load()
                return dict(width=im.size[0], height=im.size[1], mode=im.mode, pixels=b64(im.tobytes()),
                            progressive=bool(im.info.get("progressive")), layers=[list(l[1:3]) for l in im.layer])
            json.dump([read(base64.b64decode(file)) for file in asked], sys.stdout)
            """#

    /// The average of areas by Pillow for whole ratios of opaque pictures, and by exact fractions for all.
    static let resize =
        tools + #"""
            from fractions import Fraction
            MODES = {"gray8": "L", "rgb8": "RGB"}
            def cover(old, new):
                scale = Fraction(old, new)
                return [[(i, min(i + 1, (n + 1) * scale) - max(i, n * scale)) for i in range(old)
                         if min(i + 1, (n + 1) * scale) > max(i, n * scale)] for n in range(new)]
            def rounded(value): return int(value + Fraction(1, 2))
            def exact(a):
                w, h, nw, nh, n, deep = a["width"], a["height"], a["newWidth"], a["newHeight"], a["channels"], a["deep"]
                data = base64.b64decode(a["pixels"])
                s = struct.unpack("<%dH" % (len(data) // 2), data) if deep else data
                across, down, out, alpha = cover(w, nw), cover(h, nh), [], n in (2, 4)
                for rows in down:
                    for columns in across:
                        parts = [(wy * wx, (y * w + x) * n) for y, wy in rows for x, wx in columns]
                        area = sum(p[0] for p in parts)
                        weights = [(q * s[i + n - 1], i) for q, i in parts] if alpha else parts
                        whole = sum(q for q, _ in weights)
                        for c in range(n - alpha):
                            out.append(rounded(sum(q * s[i + c] for q, i in weights) / whole) if whole else 0)
                        if alpha: out.append(rounded(whole / area))
                return b"".join(struct.pack("<H", v) for v in out) if deep else bytes(out)
            def pillow(a):
                if a["format"] not in MODES or a["width"] % a["newWidth"] or a["height"] % a["newHeight"]: return None
                im = Image.frombytes(MODES[a["format"]], (a["width"], a["height"]), base64.b64decode(a["pixels"]))
                return b64(im.resize((a["newWidth"], a["newHeight"]), Image.BOX).tobytes())
            json.dump([dict(exact=b64(exact(a)), pillow=pillow(a)) for a in asked], sys.stdout)
            """#
}
