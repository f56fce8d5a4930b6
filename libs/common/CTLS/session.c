#include "internal.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    // Encrypted before the socket is asked to take it, and so the most that waits for a slow peer.
    BATCH = 64 << 10,
    // The most that waits when a peer that reads nothing has us answer: to updates of keys.
    MOST_UNSENT = 256 << 10,
    // What a client may say before both are agreed.
    MOST_BEFORE_HANDSHAKE = 64 << 10,
    // Messages of a handshake in a row, without data between them, after the handshake.
    MOST_MESSAGES = 32,
};

struct ctls_scratch {
    size_t count, capacity;
    uint8_t *bytes;
    uint8_t plain[BATCH];
};

struct ctls_session {
    SSL *ssl;
    ctls_scratch *scratch;
    // Records that the socket has not taken yet.
    uint8_t *unsent;
    size_t unsent_start, unsent_count;
    int socket;
    unsigned before_handshake;
    uint8_t first_byte, messages;
    // The socket has nothing until it says so.
    uint8_t is_drained;
    uint8_t is_established, is_peer_closed, has_ended, is_broken, has_said_goodbye;
    // One byte of what is unsent was not counted as taken.
    uint8_t is_withholding;
};

ctls_scratch *ctls_scratch_new(void) {
    ctls_scratch *scratch = malloc(sizeof *scratch);
    if (!scratch) return NULL;
    scratch->count = 0;
    scratch->capacity = BATCH + 4096;
    scratch->bytes = malloc(scratch->capacity);
    if (scratch->bytes) return scratch;
    free(scratch);
    return NULL;
}

void ctls_scratch_free(ctls_scratch *scratch) {
    free(scratch->bytes);
    free(scratch);
}

// MARK: Under OpenSSL

static int take_from_socket(BIO *bio, char *room, int count) {
    ctls_session *session = BIO_get_data(bio);
    ssize_t received;
    BIO_clear_retry_flags(bio);
    if (session->messages > MOST_MESSAGES) return -1;
    if (!session->is_drained) {
        if (!session->is_established && session->before_handshake > MOST_BEFORE_HANDSHAKE) return -1;
        do received = recv(session->socket, room, count, 0);
        while (received < 0 && errno == EINTR);
        if (received > 0) {
            if (!session->before_handshake) session->first_byte = room[0];
            if (!session->is_established) session->before_handshake += (unsigned)received;
            // A short read empties the socket; the next bytes make a new edge. After the peer's end there is none.
            session->is_drained = received < count && !session->is_peer_closed;
            return (int)received;
        }
        if (received == 0) {
            session->has_ended = 1;
            return 0;
        }
        if (errno != EAGAIN) return -1;
        session->is_drained = 1;
    }
    BIO_set_retry_read(bio);
    return -1;
}

static int put_into_scratch(BIO *bio, const char *bytes, int count) {
    ctls_scratch *scratch = ((ctls_session *)BIO_get_data(bio))->scratch;
    if (scratch->capacity - scratch->count < (size_t)count) {
        size_t capacity = scratch->capacity * 2 + count;
        uint8_t *larger = realloc(scratch->bytes, capacity);
        if (!larger) return -1;
        scratch->bytes = larger;
        scratch->capacity = capacity;
    }
    memcpy(scratch->bytes + scratch->count, bytes, count);
    scratch->count += count;
    return count;
}

static long control(BIO *bio, int command, long number, void *pointer) {
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_EOF: return ((ctls_session *)BIO_get_data(bio))->has_ended;
    default: return 0;
    }
}

static BIO_METHOD *method;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_method(void) {
    BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "loop");
    if (made && BIO_meth_set_read(made, take_from_socket) && BIO_meth_set_write(made, put_into_scratch) &&
        BIO_meth_set_ctrl(made, control))
        method = made;
}

// Counts what a peer could send for ever without a byte of data: updates of keys, refused renegotiations.
static void saw_message(
    int is_written, int version, int type, const void *bytes, size_t count, SSL *ssl, void *argument) {
    ctls_session *session = argument;
    if (!is_written && type == SSL3_RT_HANDSHAKE && session->is_established && session->messages < UINT8_MAX)
        session->messages++;
}

// MARK: Life

ctls_session *ctls_session_new(ctls_context *context, int socket, ctls_scratch *scratch) {
    pthread_once(&once, make_method);
    ctls_session *session = calloc(1, sizeof *session);
    BIO *bio = method ? BIO_new(method) : NULL;
    SSL *ssl = session && bio ? SSL_new(context) : NULL;
    if (!ssl) {
        ERR_clear_error();
        BIO_free(bio);
        free(session);
        return NULL;
    }
    session->ssl = ssl;
    session->socket = socket;
    session->scratch = scratch;
    session->is_drained = 1;
    BIO_set_data(bio, session);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_accept_state(ssl);
    SSL_set_msg_callback(ssl, saw_message);
    SSL_set_msg_callback_arg(ssl, session);
    return session;
}

void ctls_session_free(ctls_session *session) {
    SSL_free(session->ssl);
    free(session->unsent);
    free(session);
}

void ctls_session_may_read(ctls_session *session, int peer_closed) {
    session->is_drained = 0;
    if (peer_closed) session->is_peer_closed = 1;
}

// MARK: To the socket

// How many bytes it took, -1 when it is broken.
static ssize_t offer(ctls_session *session, const uint8_t *bytes, size_t count) {
    ssize_t sent;
    do sent = send(session->socket, bytes, count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0) return sent;
    if (errno == EAGAIN) return 0;
    session->is_broken = 1;
    return -1;
}

int ctls_flush(ctls_session *session) {
    if (!session->unsent_count) return 1;
    ssize_t sent = offer(session, session->unsent + session->unsent_start, session->unsent_count);
    if (sent < 0) return CTLS_BROKEN;
    session->unsent_start += sent;
    session->unsent_count -= sent;
    if (session->unsent_count) return CTLS_WOULD_BLOCK;
    free(session->unsent);
    session->unsent = NULL;
    session->unsent_start = 0;
    return 1;
}

// Sends what OpenSSL has written; what the socket does not take is kept. 0 when the connection is broken.
static int pass_on(ctls_session *session) {
    ctls_scratch *scratch = session->scratch;
    size_t count = scratch->count;
    if (!count) return 1;
    scratch->count = 0;
    ssize_t sent = session->unsent_count ? 0 : offer(session, scratch->bytes, count);
    if (sent < 0) return 0;
    if ((size_t)sent == count) return 1;
    size_t rest = count - sent, wanted = session->unsent_start + session->unsent_count + rest;
    uint8_t *larger = wanted <= MOST_UNSENT ? realloc(session->unsent, wanted) : NULL;
    if (!larger) {
        session->is_broken = 1;
        return 0;
    }
    memcpy(larger + session->unsent_start + session->unsent_count, scratch->bytes + sent, rest);
    session->unsent = larger;
    session->unsent_count += rest;
    return 1;
}

// MARK: Through OpenSSL

// Why a call of OpenSSL did not do what it was to do.
static int reason(ctls_session *session, int result) {
    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ: return CTLS_WOULD_BLOCK;
    case SSL_ERROR_ZERO_RETURN: return CTLS_END;
    default:
        session->is_broken = 1;
        ERR_clear_error();
        return CTLS_BROKEN;
    }
}

int ctls_handshake(ctls_session *session) {
    if (session->is_broken) return CTLS_BROKEN;
    ERR_clear_error();
    int result = SSL_do_handshake(session->ssl);
    int outcome = result == 1 ? 1 : reason(session, result);
    // An alert is worth sending, too, but not to who speaks HTTP.
    if (outcome == CTLS_BROKEN && ctls_is_http(session)) session->scratch->count = 0;
    if (!pass_on(session)) return CTLS_BROKEN;
    if (outcome == 1) session->is_established = 1;
    return outcome;
}

ssize_t ctls_read(ctls_session *session, void *room, size_t count) {
    size_t total = 0;
    if (session->is_broken) return CTLS_BROKEN;
    while (total < count) {
        size_t received = 0;
        ERR_clear_error();
        int result = SSL_read_ex(session->ssl, (uint8_t *)room + total, count - total, &received);
        int outcome = result == 1 ? 1 : reason(session, result);
        if (!pass_on(session)) outcome = CTLS_BROKEN;
        if (outcome != 1) return total ? (ssize_t)total : outcome;
        session->messages = 0;
        total += received;
        if (!ctls_has_more(session)) break;
    }
    return (ssize_t)total;
}

static int encrypt(ctls_session *session, const uint8_t *bytes, size_t count) {
    size_t written;
    if (!count) return 1;
    ERR_clear_error();
    if (SSL_write_ex(session->ssl, bytes, count, &written) == 1 && written == count) return 1;
    session->is_broken = 1;
    session->scratch->count = 0;
    ERR_clear_error();
    return 0;
}

static size_t smaller(size_t one, size_t other) { return one < other ? one : other; }

ssize_t ctls_write(ctls_session *session, const void *head, size_t head_count, const void *body, size_t body_count) {
    size_t total = head_count + body_count, done = 0;
    if (session->is_broken) return CTLS_BROKEN;
    int flushed = ctls_flush(session);
    if (flushed != 1) return flushed == CTLS_WOULD_BLOCK ? 0 : CTLS_BROKEN;
    if (session->is_withholding && total > 0) {
        session->is_withholding = 0;
        done = 1;
    }
    while (done < total) {
        size_t of_head = done < head_count ? smaller(BATCH, head_count - done) : 0;
        size_t of_body = smaller(BATCH - of_head, total - done - of_head);
        const uint8_t *rest = of_body ? (const uint8_t *)body + (done + of_head - head_count) : NULL;
        if (!encrypt(session, (const uint8_t *)head + done, of_head) || !encrypt(session, rest, of_body) ||
            !pass_on(session))
            return CTLS_BROKEN;
        done += of_head + of_body;
        if (session->unsent_count) {
            session->is_withholding = 1;
            return (ssize_t)done - 1;
        }
    }
    return (ssize_t)done;
}

ssize_t ctls_send_file(ctls_session *session, int file, int64_t offset, size_t count) {
    size_t total = 0;
    while (total < count) {
        uint8_t *plain = session->scratch->plain;
        ssize_t had, taken;
        do had = pread(file, plain, smaller(BATCH, count - total), offset + (int64_t)total);
        while (had < 0 && errno == EINTR);
        if (had <= 0 && total) break;
        if (had < 0) return CTLS_UNREADABLE;
        if (had == 0) return CTLS_END;
        taken = ctls_write(session, plain, had, NULL, 0);
        if (taken < 0) return total ? (ssize_t)total : taken;
        total += taken;
        if (taken < had) return total ? (ssize_t)total : CTLS_WOULD_BLOCK;
    }
    return (ssize_t)total;
}

void ctls_say_goodbye(ctls_session *session) {
    if (!session->is_established || session->is_broken || session->has_said_goodbye || session->unsent_count) return;
    session->has_said_goodbye = 1;
    ERR_clear_error();
    SSL_shutdown(session->ssl);
    pass_on(session);
    ERR_clear_error();
}

// MARK: What it is

int ctls_has_buffered(const ctls_session *session) {
    // An end that was read already makes no edge any more.
    return session->is_broken || SSL_has_pending(session->ssl) ||
           SSL_get_shutdown(session->ssl) & SSL_RECEIVED_SHUTDOWN;
}

int ctls_has_more(const ctls_session *session) { return !session->is_drained || ctls_has_buffered(session); }

int ctls_is_http(const ctls_session *session) { return session->first_byte >= 'A' && session->first_byte <= 'Z'; }

int ctls_is_resumed(const ctls_session *session) { return SSL_session_reused(session->ssl); }

size_t ctls_protocol(const ctls_session *session, const uint8_t **name) {
    unsigned count;
    SSL_get0_alpn_selected(session->ssl, name, &count);
    return count;
}
