// Where libjpeg's errors end, for its reader and its writer alike.
#pragma once

#include "CJPEG.h"
#include <setjmp.h>
#include <stdio.h>
// After stdio.h, which it needs and does not include.
#include <jpeglib.h>

enum { rows_between_polls = 16 };

struct outcome {
    /// First, because libjpeg hands back a pointer to it.
    struct jpeg_error_mgr manager;
    jmp_buf jump;
    enum cjpeg_result result;
    char *error;
};

struct jpeg_error_mgr *cjpeg_outcome(struct outcome *outcome, char *error);

_Noreturn void cjpeg_fail(j_common_ptr codec, enum cjpeg_result result, const char *message);

void cjpeg_poll(j_common_ptr codec, cjpeg_should_stop should_stop, void *context);
