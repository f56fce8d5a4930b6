#include "CPNG.h"
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t rows_between_polls = 16;

struct outcome {
    enum cpng_result result;
    char *error;
};

struct cpng_reader {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t count, position;
    struct cpng_layout layout;
    int passes;
    struct outcome outcome;
};

static void on_error(png_structp png, png_const_charp message) {
    struct outcome *outcome = png_get_error_ptr(png);
    if (outcome->result == CPNG_DONE) outcome->result = CPNG_REFUSED;
    snprintf(outcome->error, CPNG_ERROR_BYTES, "%s", message);
    png_longjmp(png, 1);
}

// What libpng warns of is in chunks that are skipped here, or mends itself without loss of pixels.
static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep into, size_t count) {
    cpng_reader *reader = png_get_io_ptr(png);
    if (count > reader->count - reader->position) {
        reader->outcome.result = CPNG_TRUNCATED;
        png_error(png, "the data ends too early");
    }
    memcpy(into, reader->bytes + reader->position, count);
    reader->position += count;
}

static void poll(png_structp png, uint32_t row, cpng_should_stop should_stop, void *context) {
    if (row % rows_between_polls || !should_stop || !should_stop(context)) return;
    struct outcome *outcome = png_get_error_ptr(png);
    outcome->result = CPNG_STOPPED;
    png_error(png, "stopped");
}

// Text, profiles and the like are never used, so that what is packed in them is never unpacked.
static void skip_ancillary_chunks(png_structp png) {
    static const png_byte known[] =
        "bKGD\0cHRM\0cICP\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0sTER\0tEXt\0tIME\0zTXt";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, known, sizeof known / 5);
}

static int is_little_endian(void) {
    const uint16_t one = 1;
    return *(const uint8_t *)&one;
}

static void choose_samples(cpng_reader *reader, int raw) {
    png_structp png = reader->png;
    int color_type = png_get_color_type(png, reader->info), depth = png_get_bit_depth(png, reader->info);
    if (raw) {
        if ((color_type != PNG_COLOR_TYPE_PALETTE && color_type != PNG_COLOR_TYPE_GRAY) || depth > 8)
            png_error(png, "the pixels are neither indices nor gray of 8 bits at most");
        png_set_packing(png);
    } else {
        png_set_expand(png);
        if (depth == 16 && is_little_endian()) png_set_swap(png);
    }
    reader->passes = png_set_interlace_handling(png);
    png_read_update_info(png, reader->info);
}

static void describe(cpng_reader *reader) {
    struct cpng_layout *layout = &reader->layout;
    png_colorp colors;
    layout->width = png_get_image_width(reader->png, reader->info);
    layout->height = png_get_image_height(reader->png, reader->info);
    layout->channels = png_get_channels(reader->png, reader->info);
    layout->depth = png_get_bit_depth(reader->png, reader->info);
    layout->row_bytes = png_get_rowbytes(reader->png, reader->info);
    if (!png_get_PLTE(reader->png, reader->info, &colors, &layout->palette_count)) layout->palette_count = 0;
}

cpng_reader *cpng_open(
    const void *bytes, size_t count, const struct cpng_limits *limits, int raw, struct cpng_layout *layout,
    enum cpng_result *result, char error[CPNG_ERROR_BYTES]
) {
    cpng_reader *reader = calloc(1, sizeof *reader);
    *result = CPNG_REFUSED;
    snprintf(error, CPNG_ERROR_BYTES, "no memory");
    if (!reader) return NULL;
    reader->bytes = bytes;
    reader->count = count;
    reader->outcome.error = error;
    reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader->outcome, on_error, on_warning);
    if (reader->png) reader->info = png_create_info_struct(reader->png);
    if (!reader->info) {
        cpng_close(reader);
        return NULL;
    }
    if (setjmp(png_jmpbuf(reader->png))) {
        *result = reader->outcome.result;
        cpng_close(reader);
        return NULL;
    }
    png_set_read_fn(reader->png, reader, read_bytes);
    png_set_user_limits(reader->png, limits->width, limits->height);
    png_set_chunk_malloc_max(reader->png, limits->chunk_bytes);
    png_set_chunk_cache_max(reader->png, limits->chunks);
    skip_ancillary_chunks(reader->png);
    png_read_info(reader->png, reader->info);
    choose_samples(reader, raw);
    describe(reader);
    *layout = reader->layout;
    *result = CPNG_DONE;
    error[0] = 0;
    return reader;
}

enum cpng_result cpng_read(
    cpng_reader *reader, uint8_t *rows, cpng_should_stop should_stop, void *context, char error[CPNG_ERROR_BYTES]
) {
    reader->outcome.error = error;
    if (setjmp(png_jmpbuf(reader->png))) return reader->outcome.result;
    for (int pass = 0; pass < reader->passes; pass++)
        for (uint32_t row = 0; row < reader->layout.height; row++) {
            poll(reader->png, row, should_stop, context);
            png_read_row(reader->png, rows + row * reader->layout.row_bytes, NULL);
        }
    png_read_end(reader->png, NULL);
    return CPNG_DONE;
}

void cpng_palette(const cpng_reader *reader, uint8_t *colors) {
    png_colorp palette;
    png_bytep alphas = NULL;
    int count = 0, alpha_count = 0;
    if (!png_get_PLTE(reader->png, reader->info, &palette, &count)) return;
    if (!png_get_tRNS(reader->png, reader->info, &alphas, &alpha_count, NULL)) alpha_count = 0;
    for (int i = 0; i < count && i < reader->layout.palette_count; i++) {
        const uint8_t color[] = {palette[i].red, palette[i].green, palette[i].blue, i < alpha_count ? alphas[i] : 255};
        memcpy(colors + i * 4, color, 4);
    }
}

void cpng_close(cpng_reader *reader) {
    if (!reader) return;
    if (reader->png) png_destroy_read_struct(&reader->png, &reader->info, NULL);
    free(reader);
}

struct writer {
    uint8_t *bytes;
    size_t count, capacity;
    struct outcome outcome;
};

static void write_bytes(png_structp png, png_bytep from, size_t count) {
    struct writer *writer = png_get_io_ptr(png);
    if (count > writer->capacity - writer->count) {
        size_t wanted = writer->count + count, doubled = writer->capacity * 2;
        size_t capacity = wanted > doubled ? wanted : doubled;
        uint8_t *larger = realloc(writer->bytes, capacity);
        if (!larger) png_error(png, "no memory");
        writer->bytes = larger;
        writer->capacity = capacity;
    }
    memcpy(writer->bytes + writer->count, from, count);
    writer->count += count;
}

static void flush(png_structp png) {
    (void)png;
}

static void set_palette(png_structp png, png_infop info, const struct cpng_picture *picture) {
    png_color colors[256];
    png_byte alphas[256];
    int alpha_count = 0;
    for (int i = 0; i < picture->palette_count; i++) {
        const uint8_t *color = picture->palette + i * 4;
        colors[i] = (png_color){.red = color[0], .green = color[1], .blue = color[2]};
        alphas[i] = color[3];
        if (color[3] != 255) alpha_count = i + 1;
    }
    png_set_PLTE(png, info, colors, picture->palette_count);
    if (alpha_count) png_set_tRNS(png, info, alphas, alpha_count, NULL);
}

static void write_picture(
    png_structp png, png_infop info, const struct cpng_picture *picture, cpng_should_stop should_stop, void *context
) {
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_compression_level(png, picture->compression);
    png_set_IHDR(
        png, info, picture->width, picture->height, picture->depth, picture->color_type, PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (picture->color_type == PNG_COLOR_TYPE_PALETTE) set_palette(png, info, picture);
    png_write_info(png, info);
    if (picture->depth < 8) png_set_packing(png);
    if (picture->depth == 16 && is_little_endian()) png_set_swap(png);
    for (uint32_t row = 0; row < picture->height; row++) {
        poll(png, row, should_stop, context);
        png_write_row(png, picture->rows + row * picture->row_bytes);
    }
    png_write_end(png, NULL);
}

// The frame that a jump ends in owns nothing that changes after setjmp.
static enum cpng_result encode(
    struct writer *writer, const struct cpng_picture *picture, cpng_should_stop should_stop, void *context
) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writer->outcome, on_error, on_warning);
    if (!png) return CPNG_REFUSED;
    png_infop info = png_create_info_struct(png);
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        return CPNG_REFUSED;
    }
    if (!setjmp(png_jmpbuf(png))) {
        png_set_write_fn(png, writer, write_bytes, flush);
        write_picture(png, info, picture, should_stop, context);
    }
    png_destroy_write_struct(&png, &info);
    return writer->outcome.result;
}

enum cpng_result cpng_encode(
    const struct cpng_picture *picture, cpng_should_stop should_stop, void *context, uint8_t **encoded, size_t *count,
    char error[CPNG_ERROR_BYTES]
) {
    struct writer writer = {.outcome = {.error = error}};
    snprintf(error, CPNG_ERROR_BYTES, "no memory");
    enum cpng_result result = encode(&writer, picture, should_stop, context);
    if (result != CPNG_DONE) {
        free(writer.bytes);
        return result;
    }
    *encoded = writer.bytes;
    *count = writer.count;
    return CPNG_DONE;
}
