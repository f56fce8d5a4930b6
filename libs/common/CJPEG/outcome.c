#include "outcome.h"
#include <jerror.h>

_Noreturn static void on_error(j_common_ptr codec) {
    struct outcome *outcome = (struct outcome *)codec->err;
    char message[JMSG_LENGTH_MAX];
    outcome->manager.format_message(codec, message);
    if (codec->err->msg_code == JERR_NO_BACKING_STORE) cjpeg_fail(codec, CJPEG_TOO_LARGE, "it needs too much memory");
    cjpeg_fail(codec, CJPEG_REFUSED, message);
}

// What libjpeg mends with made-up pixels is an error here; the rest takes nothing from the picture.
static void on_message(j_common_ptr codec, int level) {
    if (level >= 0) return;
    switch (codec->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_TOO_MUCH_DATA: return;
    default: on_error(codec);
    }
}

static void print_nothing(j_common_ptr codec) {
    (void)codec;
}

struct jpeg_error_mgr *cjpeg_outcome(struct outcome *outcome, char *error) {
    jpeg_std_error(&outcome->manager);
    outcome->manager.error_exit = on_error;
    outcome->manager.emit_message = on_message;
    outcome->manager.output_message = print_nothing;
    outcome->result = CJPEG_DONE;
    outcome->error = error;
    error[0] = 0;
    return &outcome->manager;
}

_Noreturn void cjpeg_fail(j_common_ptr codec, enum cjpeg_result result, const char *message) {
    struct outcome *outcome = (struct outcome *)codec->err;
    outcome->result = result;
    snprintf(outcome->error, CJPEG_ERROR_BYTES, "%s", message);
    longjmp(outcome->jump, 1);
}

void cjpeg_poll(j_common_ptr codec, cjpeg_should_stop should_stop, void *context) {
    if (should_stop && should_stop(context)) cjpeg_fail(codec, CJPEG_STOPPED, "stopped");
}
