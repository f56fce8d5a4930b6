#include "internal.h"
#include <pthread.h>
#include <string.h>

static int rules_index;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_rules(void *owner, void *value, CRYPTO_EX_DATA *data, int index, long number, void *pointer) {
    struct ctls_rules *rules = value;
    if (!rules) return;
    ctls_tickets_free(rules->tickets);
    OPENSSL_free(rules);
}

static void make_index(void) { rules_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_rules); }

struct ctls_rules *ctls_rules_of(const SSL_CTX *context) { return SSL_CTX_get_ex_data(context, rules_index); }

static int add_rules(SSL_CTX *context, const uint8_t *protocols, size_t count, ctls_tickets *tickets) {
    pthread_once(&once, make_index);
    struct ctls_rules *rules = OPENSSL_zalloc(sizeof *rules + count);
    if (!rules) return 0;
    rules->protocols_count = count;
    memcpy(rules->protocols, protocols, count);
    rules->tickets = ctls_tickets_hold(tickets);
    if (SSL_CTX_set_ex_data(context, rules_index, rules)) return 1;
    free_rules(NULL, rules, NULL, 0, 0, NULL);
    return 0;
}

// Our order decides. Who offers only protocols that we do not speak is told so, as RFC 7301 demands.
static int choose_protocol(
    SSL *ssl, const unsigned char **chosen, unsigned char *count, const unsigned char *offered, unsigned offered_count,
    void *unused) {
    const struct ctls_rules *rules = ctls_rules_of(SSL_get_SSL_CTX(ssl));
    unsigned char *found;
    int outcome = SSL_select_next_proto(
        &found, count, rules->protocols, (unsigned)rules->protocols_count, offered, offered_count);
    *chosen = found;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Everything is said here, so that nothing depends on the system's openssl.cnf.
static int set_up(SSL_CTX *context, int needs_1_3) {
    static const unsigned char name[] = "pentad";
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                     SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_clear_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    // A record's head and its body come in one call of the system.
    SSL_CTX_set_read_ahead(context, 1);
    // What clients resume is in their tickets; nothing is kept here.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(context, 7200);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    return SSL_CTX_set_min_proto_version(context, needs_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION) &&
           SSL_CTX_set_max_proto_version(context, 0) &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL") &&
           SSL_CTX_set_ciphersuites(
               context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") &&
           SSL_CTX_set_session_id_context(context, name, sizeof name - 1) &&
           SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ctls_ticket_key);
}

ctls_context *ctls_context_new(
    const void *certificates, size_t certificates_count, const void *key, size_t key_count, const uint8_t *protocols,
    size_t protocols_count, int needs_1_3, ctls_tickets *tickets, ctls_problem *problem, char *reason,
    size_t reason_room) {
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    int found = CTLS_FAILED;
    if (context && add_rules(context, protocols, protocols_count, tickets) && set_up(context, needs_1_3))
        found = ctls_use_identity(context, certificates, certificates_count, key, key_count);
    if (!found) return context;
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    strncpy(reason, text ? text : "no reason given", reason_room - 1);
    reason[reason_room - 1] = 0;
    *problem = found;
    SSL_CTX_free(context);
    ERR_clear_error();
    return NULL;
}

void ctls_context_free(ctls_context *context) { SSL_CTX_free(context); }
