// nghttp2 with what differs between its versions.
#pragma once
#include <nghttp2/nghttp2.h>

// The setting by which a server says that it takes no heed of the priorities of RFC 7540 (RFC 9218, 2.1); older headers
// have no name for it.
enum { CNGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES = 0x09 };

// Has a stream take turns with all others, whatever the client says about its priority: one long answer must not hold up
// the short ones. Versions before 1.50 do so by themselves.
static inline void cnghttp2_interleave(nghttp2_session *_Nonnull session, int32_t stream) {
#if NGHTTP2_VERSION_NUM >= 0x013200
    nghttp2_extpri priority = {.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = 1};
    nghttp2_session_change_extpri_stream_priority(session, stream, &priority, 1);
#endif
}
