#include "outcome.h"
#include <stdlib.h>
#include <string.h>

struct cjpeg_reader {
    struct jpeg_decompress_struct codec;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    struct outcome outcome;
    struct cjpeg_layout layout;
    int scans;
    /// A bit for each component that a scan has brought.
    unsigned seen;
    cjpeg_should_stop should_stop;
    void *context;
};

static void begin_source(j_decompress_ptr codec) {
    (void)codec;
}

// All bytes are there from the start: who asks for more has a picture that was cut off.
static boolean no_more_bytes(j_decompress_ptr codec) {
    cjpeg_fail((j_common_ptr)codec, CJPEG_TRUNCATED, "the data ends too early");
}

static void skip_bytes(j_decompress_ptr codec, long count) {
    if (count <= 0) return;
    if ((size_t)count > codec->src->bytes_in_buffer) no_more_bytes(codec);
    codec->src->next_input_byte += count;
    codec->src->bytes_in_buffer -= count;
}

// Called for each row of blocks, also while a progressive picture's scans are gathered.
static void on_progress(j_common_ptr common) {
    cjpeg_reader *reader = common->client_data;
    j_decompress_ptr codec = &reader->codec;
    if (codec->input_scan_number > reader->scans) cjpeg_fail(common, CJPEG_TOO_LARGE, "it has too many scans");
    for (int i = 0; i < codec->comps_in_scan; i++)
        if (codec->cur_comp_info[i]) reader->seen |= 1u << codec->cur_comp_info[i]->component_index;
    cjpeg_poll(common, reader->should_stop, reader->context);
}

static void choose_scale(j_decompress_ptr codec, const struct cjpeg_wish *wish) {
    codec->scale_num = 1;
    codec->scale_denom = 1;
    if (!wish->width || !wish->height) return;
    for (unsigned denominator = 2; denominator <= 8; denominator *= 2)
        if ((codec->image_width + denominator - 1) / denominator >= wish->width &&
            (codec->image_height + denominator - 1) / denominator >= wish->height)
            codec->scale_denom = denominator;
}

static void choose_colors(j_decompress_ptr codec, const struct cjpeg_wish *wish) {
    switch (codec->jpeg_color_space) {
    case JCS_GRAYSCALE: codec->out_color_space = JCS_GRAYSCALE; break;
    case JCS_YCbCr: codec->out_color_space = wish->gray ? JCS_GRAYSCALE : JCS_RGB; break;
    case JCS_RGB: codec->out_color_space = JCS_RGB; break;
    case JCS_CMYK:
    case JCS_YCCK: codec->out_color_space = JCS_CMYK; break;
    default: cjpeg_fail((j_common_ptr)codec, CJPEG_REFUSED, "its colours are of an unknown kind");
    }
}

cjpeg_reader *cjpeg_open(
    const void *bytes, size_t count, const struct cjpeg_wish *wish, struct cjpeg_layout *layout,
    enum cjpeg_result *result, char error[CJPEG_ERROR_BYTES]
) {
    cjpeg_reader *reader = calloc(1, sizeof *reader);
    *result = CJPEG_REFUSED;
    snprintf(error, CJPEG_ERROR_BYTES, "no memory");
    if (!reader) return NULL;
    j_decompress_ptr codec = &reader->codec;
    codec->err = cjpeg_outcome(&reader->outcome, error);
    if (setjmp(reader->outcome.jump)) {
        *result = reader->outcome.result;
        cjpeg_close(reader);
        return NULL;
    }
    jpeg_create_decompress(codec);
    codec->client_data = reader;
    reader->source = (struct jpeg_source_mgr){
        .next_input_byte = bytes, .bytes_in_buffer = count, .init_source = begin_source,
        .fill_input_buffer = no_more_bytes, .skip_input_data = skip_bytes,
        .resync_to_restart = jpeg_resync_to_restart, .term_source = begin_source};
    codec->src = &reader->source;
    reader->progress.progress_monitor = on_progress;
    codec->progress = &reader->progress;
    codec->mem->max_memory_to_use = (long)wish->working_bytes;
    reader->scans = wish->scans;
    jpeg_read_header(codec, TRUE);
    choose_scale(codec, wish);
    choose_colors(codec, wish);
    jpeg_calc_output_dimensions(codec);
    int channels = codec->out_color_space == JCS_GRAYSCALE ? 1 : 3;
    *layout = reader->layout = (struct cjpeg_layout){
        .full_width = codec->image_width, .full_height = codec->image_height, .width = codec->output_width,
        .height = codec->output_height, .channels = channels, .row_bytes = (size_t)codec->output_width * channels};
    *result = CJPEG_DONE;
    return reader;
}

static uint8_t product(unsigned a, unsigned b) {
    unsigned scaled = a * b + 128;
    return (uint8_t)((scaled + (scaled >> 8)) >> 8);
}

// Adobe stores inks inverted, as light; without its mark they are inks.
static void inks_to_light(const uint8_t *inks, uint8_t *light, uint32_t width, int is_inverted) {
    const uint8_t flip = is_inverted ? 0 : 255;
    for (uint32_t i = 0; i < width; i++, inks += 4, light += 3) {
        const uint8_t key = inks[3] ^ flip;
        for (int channel = 0; channel < 3; channel++) light[channel] = product(inks[channel] ^ flip, key);
    }
}

static void read_rows(cjpeg_reader *reader, uint8_t *rows) {
    j_decompress_ptr codec = &reader->codec;
    JSAMPARRAY inks = NULL;
    if (codec->out_color_space == JCS_CMYK)
        inks = codec->mem->alloc_sarray((j_common_ptr)codec, JPOOL_IMAGE, codec->output_width * 4, 1);
    while (codec->output_scanline < codec->output_height) {
        uint8_t *row = rows + codec->output_scanline * reader->layout.row_bytes;
        if (codec->output_scanline % rows_between_polls == 0)
            cjpeg_poll((j_common_ptr)codec, reader->should_stop, reader->context);
        if (inks) {
            jpeg_read_scanlines(codec, inks, 1);
            inks_to_light(inks[0], row, codec->output_width, codec->saw_Adobe_marker);
        } else {
            jpeg_read_scanlines(codec, &row, 1);
        }
    }
}

enum cjpeg_result cjpeg_read(
    cjpeg_reader *reader, uint8_t *rows, cjpeg_should_stop should_stop, void *context, char error[CJPEG_ERROR_BYTES]
) {
    j_decompress_ptr codec = &reader->codec;
    reader->outcome.error = error;
    reader->should_stop = should_stop;
    reader->context = context;
    if (setjmp(reader->outcome.jump)) return reader->outcome.result;
    jpeg_start_decompress(codec);
    if (codec->output_width != reader->layout.width || codec->output_height != reader->layout.height ||
        codec->output_components != (codec->out_color_space == JCS_CMYK ? 4 : reader->layout.channels))
        cjpeg_fail((j_common_ptr)codec, CJPEG_REFUSED, "it contradicts its own header");
    read_rows(reader, rows);
    if (jpeg_has_multiple_scans(codec) && reader->seen != (1u << codec->num_components) - 1)
        cjpeg_fail((j_common_ptr)codec, CJPEG_TRUNCATED, "a colour's scan is missing");
    jpeg_finish_decompress(codec);
    return CJPEG_DONE;
}

void cjpeg_close(cjpeg_reader *reader) {
    if (!reader) return;
    jpeg_destroy_decompress(&reader->codec);
    free(reader);
}
