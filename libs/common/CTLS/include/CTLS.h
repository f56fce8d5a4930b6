// OpenSSL's libssl, as a server on a loop needs it: certificates from memory, and sessions over a non-blocking socket.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// The keys of session tickets: random, rotated by the hour, shared by all contexts of a server, so that clients can resume
// after certificates were exchanged.
typedef struct ctls_tickets ctls_tickets;

ctls_tickets *_Nullable ctls_tickets_new(void);
void ctls_tickets_free(ctls_tickets *_Nonnull tickets);

// A certificate with its chain and key, and the rules of a handshake. Any thread may use it; sessions hold it while they live.
typedef struct ssl_ctx_st ctls_context;

typedef enum ctls_problem {
    CTLS_NO_CERTIFICATE = 1, CTLS_BAD_CERTIFICATE, CTLS_NO_KEY, CTLS_ENCRYPTED_KEY, CTLS_NOT_OF_THIS_KEY, CTLS_FAILED
} ctls_problem;

// Both texts are PEM; `protocols` is ALPN's list as it is sent. NULL with a problem, and OpenSSL's reason in `reason`.
ctls_context *_Nullable ctls_context_new(
    const void *_Nonnull certificates, size_t certificates_count, const void *_Nonnull key, size_t key_count,
    const uint8_t *_Nonnull protocols, size_t protocols_count, int needs_1_3, ctls_tickets *_Nonnull tickets,
    ctls_problem *_Nonnull problem, char *_Nonnull reason, size_t reason_room);
void ctls_context_free(ctls_context *_Nonnull context);

// Of the certificate: its subject and serial number as text, the end of its life in seconds of Unix time.
void ctls_context_subject(const ctls_context *_Nonnull context, char *_Nonnull room, size_t count);
void ctls_context_serial(const ctls_context *_Nonnull context, char *_Nonnull room, size_t count);
int64_t ctls_context_expiry(const ctls_context *_Nonnull context);

// Where the sessions of one thread put records before they are sent, and read files.
typedef struct ctls_scratch ctls_scratch;

ctls_scratch *_Nullable ctls_scratch_new(void);
void ctls_scratch_free(ctls_scratch *_Nonnull scratch);

// One connection's end; belongs to one thread. The socket stays the caller's.
typedef struct ctls_session ctls_session;

ctls_session *_Nullable ctls_session_new(ctls_context *_Nonnull context, int socket, ctls_scratch *_Nonnull scratch);
void ctls_session_free(ctls_session *_Nonnull session);

// Tells the session what the socket is ready for. It asks a socket that it has emptied only after it was told.
void ctls_session_may_read(ctls_session *_Nonnull session, int peer_closed);

enum { CTLS_END = 0, CTLS_WOULD_BLOCK = -1, CTLS_BROKEN = -2 };

// Goes on with the handshake: 1 when it is done, else one of the above.
int ctls_handshake(ctls_session *_Nonnull session);
// How many bytes were read, or one of the above; an end without the peer's goodbye is a broken one.
ssize_t ctls_read(ctls_session *_Nonnull session, void *_Nonnull room, size_t count);
// How many bytes of the two pieces were taken, or CTLS_BROKEN. Of what the socket has not taken whole, the last byte counts
// as not taken: whoever offers it again learns that all of it is on its way.
ssize_t ctls_write(
    ctls_session *_Nonnull session, const void *_Nullable head, size_t head_count, const void *_Nullable body,
    size_t body_count);
// As `ctls_write`, from a file; CTLS_END when the file has ended.
enum { CTLS_UNREADABLE = -3 };
ssize_t ctls_send_file(ctls_session *_Nonnull session, int file, int64_t offset, size_t count);
// Sends what the socket did not take before: 1 when nothing is left, else CTLS_WOULD_BLOCK or CTLS_BROKEN.
int ctls_flush(ctls_session *_Nonnull session);
// Tells the peer that nothing follows, as far as the socket takes it at once.
void ctls_say_goodbye(ctls_session *_Nonnull session);

// Whether a read may have something without another word from the socket: from the socket itself, or already received.
int ctls_has_more(const ctls_session *_Nonnull session);
int ctls_has_buffered(const ctls_session *_Nonnull session);
// Whether what came begins as a request of HTTP does, and no record.
int ctls_is_http(const ctls_session *_Nonnull session);
int ctls_is_resumed(const ctls_session *_Nonnull session);
// What was agreed on by ALPN; the length, 0 without.
size_t ctls_protocol(const ctls_session *_Nonnull session, const uint8_t *_Nullable *_Nonnull name);
