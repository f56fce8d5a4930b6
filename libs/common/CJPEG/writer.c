#include "outcome.h"
#include <stdlib.h>

struct writer {
    struct jpeg_compress_struct codec;
    struct jpeg_destination_mgr destination;
    struct outcome outcome;
    uint8_t *bytes;
    size_t capacity;
};

static void begin(j_compress_ptr codec) {
    struct writer *writer = codec->client_data;
    writer->capacity = 1 << 16;
    writer->bytes = malloc(writer->capacity);
    if (!writer->bytes) cjpeg_fail((j_common_ptr)codec, CJPEG_REFUSED, "no memory");
    writer->destination.next_output_byte = writer->bytes;
    writer->destination.free_in_buffer = writer->capacity;
}

// libjpeg calls it only when all the space is used.
static boolean grow(j_compress_ptr codec) {
    struct writer *writer = codec->client_data;
    uint8_t *larger = realloc(writer->bytes, writer->capacity * 2);
    if (!larger) cjpeg_fail((j_common_ptr)codec, CJPEG_REFUSED, "no memory");
    writer->bytes = larger;
    writer->destination.next_output_byte = larger + writer->capacity;
    writer->destination.free_in_buffer = writer->capacity;
    writer->capacity *= 2;
    return TRUE;
}

static void end(j_compress_ptr codec) {
    (void)codec;
}

static void set_up(j_compress_ptr codec, const struct cjpeg_picture *picture) {
    codec->image_width = picture->width;
    codec->image_height = picture->height;
    codec->input_components = picture->channels;
    codec->in_color_space = picture->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(codec);
    jpeg_set_quality(codec, picture->quality, TRUE);
    if (picture->channels == 3 && !picture->halves_color)
        codec->comp_info[0].h_samp_factor = codec->comp_info[0].v_samp_factor = 1;
    if (picture->progressive) jpeg_simple_progression(codec);
}

enum cjpeg_result cjpeg_encode(
    const struct cjpeg_picture *picture, cjpeg_should_stop should_stop, void *context, uint8_t **encoded, size_t *count,
    char error[CJPEG_ERROR_BYTES]
) {
    struct writer *writer = calloc(1, sizeof *writer);
    snprintf(error, CJPEG_ERROR_BYTES, "no memory");
    if (!writer) return CJPEG_REFUSED;
    j_compress_ptr codec = &writer->codec;
    codec->err = cjpeg_outcome(&writer->outcome, error);
    if (setjmp(writer->outcome.jump)) {
        enum cjpeg_result result = writer->outcome.result;
        jpeg_destroy_compress(codec);
        free(writer->bytes);
        free(writer);
        return result;
    }
    jpeg_create_compress(codec);
    codec->client_data = writer;
    writer->destination = (struct jpeg_destination_mgr){
        .init_destination = begin, .empty_output_buffer = grow, .term_destination = end};
    codec->dest = &writer->destination;
    set_up(codec, picture);
    jpeg_start_compress(codec, TRUE);
    while (codec->next_scanline < codec->image_height) {
        // libjpeg's rows are not const, yet it only reads them.
        JSAMPROW row = (JSAMPROW)picture->rows + codec->next_scanline * picture->row_bytes;
        if (codec->next_scanline % rows_between_polls == 0) cjpeg_poll((j_common_ptr)codec, should_stop, context);
        jpeg_write_scanlines(codec, &row, 1);
    }
    jpeg_finish_compress(codec);
    *encoded = writer->bytes;
    *count = writer->capacity - writer->destination.free_in_buffer;
    jpeg_destroy_compress(codec);
    free(writer);
    return CJPEG_DONE;
}
