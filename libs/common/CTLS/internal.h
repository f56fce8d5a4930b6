#pragma once
#include "CTLS.h"
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

// What a context holds beside OpenSSL's own; lives as long as it does.
struct ctls_rules {
    ctls_tickets *tickets;
    size_t protocols_count;
    uint8_t protocols[];
};

struct ctls_rules *ctls_rules_of(const SSL_CTX *context);

ctls_tickets *ctls_tickets_hold(ctls_tickets *tickets);
int ctls_ticket_key(
    SSL *ssl, unsigned char name[16], unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int is_new);

// The certificate, its chain and its key into a context; 0, or a problem.
int ctls_use_identity(
    SSL_CTX *context, const void *certificates, size_t certificates_count, const void *key, size_t key_count);
