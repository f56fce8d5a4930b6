// JPEG by libjpeg. It reports errors by long jumps, which may not cross Swift frames: here they end.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CJPEG_ERROR_BYTES 200

enum cjpeg_result { CJPEG_DONE, CJPEG_TRUNCATED, CJPEG_REFUSED, CJPEG_STOPPED, CJPEG_TOO_LARGE };

typedef struct cjpeg_reader cjpeg_reader;

/// Asked every few rows; anything but zero ends the work with CJPEG_STOPPED. It must return.
typedef int (*cjpeg_should_stop)(void *context);

struct cjpeg_wish {
    /// What libjpeg may hold beside the caller's rows: a progressive picture's coefficients are most of it.
    size_t working_bytes;
    int scans;
    /// Only the brightness is decoded.
    int gray;
    /// The picture may be decoded to a half, a quarter or an eighth, but to no less than this.
    uint32_t width, height;
};

/// What `cjpeg_read` will write; one channel or three.
struct cjpeg_layout {
    uint32_t full_width, full_height, width, height;
    int channels;
    size_t row_bytes;
};

struct cjpeg_picture {
    const uint8_t *rows;
    uint32_t width, height;
    size_t row_bytes;
    int channels, quality, halves_color, progressive;
};

/// Reads up to the pixels. The bytes must outlive the reader. Without a result, `error` says why.
cjpeg_reader *cjpeg_open(
    const void *bytes, size_t count, const struct cjpeg_wish *wish, struct cjpeg_layout *layout,
    enum cjpeg_result *result, char error[CJPEG_ERROR_BYTES]);

/// Writes `row_bytes * height` bytes, then reads to the picture's end.
enum cjpeg_result cjpeg_read(
    cjpeg_reader *reader, uint8_t *rows, cjpeg_should_stop should_stop, void *context, char error[CJPEG_ERROR_BYTES]);

void cjpeg_close(cjpeg_reader *reader);

/// The encoded bytes are the caller's to free.
enum cjpeg_result cjpeg_encode(
    const struct cjpeg_picture *picture, cjpeg_should_stop should_stop, void *context, uint8_t **encoded, size_t *count,
    char error[CJPEG_ERROR_BYTES]);
