#include "key.h"
#include <openssl/rsa.h>

static EVP_PKEY_CTX *context_for(const copenssl_key *key, int is_signing) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (context && (is_signing ? EVP_PKEY_sign_init(context) : EVP_PKEY_verify_init(context)) > 0 &&
        EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) > 0 &&
        (key->kind != COPENSSL_RSA || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0))
        return context;
    EVP_PKEY_CTX_free(context);
    return NULL;
}

// The one that waits at the thread's place, or a new one.
static EVP_PKEY_CTX *take(const copenssl_key *key, _Atomic(EVP_PKEY_CTX *) *place, int is_signing) {
    EVP_PKEY_CTX *context = atomic_exchange(place, NULL);
    return context ? context : context_for(key, is_signing);
}

static size_t sign_digest(const copenssl_key *key, const uint8_t digest[32], uint8_t *room, size_t room_count) {
    _Atomic(EVP_PKEY_CTX *) *place = &((copenssl_key *)key)->signing[copenssl_place()];
    EVP_PKEY_CTX *context = take(key, place, 1);
    size_t count = room_count;
    if (!context || EVP_PKEY_sign(context, room, &count, digest, 32) <= 0) count = 0;
    EVP_PKEY_CTX_free(atomic_exchange(place, context));
    return count;
}

static int verify_digest(
    const copenssl_key *key, const uint8_t digest[32], const uint8_t *signature, size_t signature_count) {
    _Atomic(EVP_PKEY_CTX *) *place = &((copenssl_key *)key)->verifying[copenssl_place()];
    EVP_PKEY_CTX *context = take(key, place, 0);
    int is_valid = context && EVP_PKEY_verify(context, signature, signature_count, digest, 32) == 1;
    EVP_PKEY_CTX_free(atomic_exchange(place, context));
    return is_valid;
}

size_t copenssl_sign(const copenssl_key *key, const void *message, size_t count, uint8_t *room, size_t room_count) {
    uint8_t digest[32];
    size_t written = room_count;
    if (!key->is_private) return 0;
    if (key->kind == COPENSSL_ED25519) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        if (!context || EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) <= 0 ||
            EVP_DigestSign(context, room, &written, message, count) <= 0)
            written = 0;
        EVP_MD_CTX_free(context);
    } else {
        written = copenssl_sha256(message, count, digest) ? sign_digest(key, digest, room, room_count) : 0;
    }
    if (!written) ERR_clear_error();
    return written;
}

int copenssl_verify(
    const copenssl_key *key, const void *message, size_t count, const uint8_t *signature, size_t signature_count) {
    uint8_t digest[32];
    int is_valid;
    if (key->kind == COPENSSL_ED25519) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        is_valid = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) > 0 &&
                   EVP_DigestVerify(context, signature, signature_count, message, count) == 1;
        EVP_MD_CTX_free(context);
    } else {
        is_valid =
            copenssl_sha256(message, count, digest) && verify_digest(key, digest, signature, signature_count);
    }
    if (!is_valid) ERR_clear_error();
    return is_valid;
}
