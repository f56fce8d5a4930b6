// PNG by libpng. It reports errors by long jumps, which may not cross Swift frames: here they end.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CPNG_ERROR_BYTES 160

enum cpng_result { CPNG_DONE, CPNG_TRUNCATED, CPNG_REFUSED, CPNG_STOPPED };

typedef struct cpng_reader cpng_reader;

/// Asked every few rows; anything but zero ends the work with CPNG_STOPPED. It must return.
typedef int (*cpng_should_stop)(void *context);

struct cpng_limits {
    uint32_t width, height;
    /// What a single ancillary chunk may take, and how many are kept.
    size_t chunk_bytes;
    uint32_t chunks;
};

/// What `cpng_read` will write.
struct cpng_layout {
    uint32_t width, height;
    int channels, depth;
    size_t row_bytes;
    int palette_count;
};

struct cpng_picture {
    const uint8_t *rows;
    uint32_t width, height;
    size_t row_bytes;
    int color_type, depth;
    /// Four bytes an entry, for the indexed kind alone.
    const uint8_t *palette;
    int palette_count;
    int compression;
};

/// Reads up to the pixels. `raw` asks for the samples as they are stored, one byte each; otherwise palettes,
/// transparent colours and small depths are expanded and 16-bit samples are in the machine's order.
/// The bytes must outlive the reader. Without a result, `error` says why.
cpng_reader *cpng_open(
    const void *bytes, size_t count, const struct cpng_limits *limits, int raw, struct cpng_layout *layout,
    enum cpng_result *result, char error[CPNG_ERROR_BYTES]);

/// Writes `row_bytes * height` bytes, then reads to the picture's end.
enum cpng_result cpng_read(
    cpng_reader *reader, uint8_t *rows, cpng_should_stop should_stop, void *context, char error[CPNG_ERROR_BYTES]);

/// `palette_count` entries of four bytes: red, green, blue, alpha.
void cpng_palette(const cpng_reader *reader, uint8_t *colors);

void cpng_close(cpng_reader *reader);

/// The encoded bytes are the caller's to free.
enum cpng_result cpng_encode(
    const struct cpng_picture *picture, cpng_should_stop should_stop, void *context, uint8_t **encoded, size_t *count,
    char error[CPNG_ERROR_BYTES]);
