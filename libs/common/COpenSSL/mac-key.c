#include "internal.h"
#include <openssl/core_names.h>
#include <openssl/params.h>

struct copenssl_mac_key {
    // Keyed and never used itself: others are made from it.
    EVP_MAC_CTX *keyed;
    _Atomic(EVP_MAC_CTX *) waiting[COPENSSL_PLACES];
};

copenssl_mac_key *copenssl_mac_key_new(const void *bytes, size_t count) {
    EVP_MAC *hmac = copenssl_hmac();
    copenssl_mac_key *key = hmac ? OPENSSL_zalloc(sizeof *key) : NULL;
    if (!key) return NULL;
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    key->keyed = EVP_MAC_CTX_new(hmac);
    if (key->keyed && EVP_MAC_init(key->keyed, bytes, count, parameters)) return key;
    copenssl_mac_key_free(key);
    return NULL;
}

void copenssl_mac_key_free(copenssl_mac_key *key) {
    EVP_MAC_CTX_free(key->keyed);
    for (int place = 0; place < COPENSSL_PLACES; place++) EVP_MAC_CTX_free(key->waiting[place]);
    OPENSSL_free(key);
}

int copenssl_mac_key_code(
    const copenssl_mac_key *key, const void *head, size_t head_count, const void *tail, size_t tail_count,
    uint8_t code[32]) {
    _Atomic(EVP_MAC_CTX *) *place = &((copenssl_mac_key *)key)->waiting[copenssl_place()];
    EVP_MAC_CTX *context = atomic_exchange(place, NULL);
    if (!context) context = EVP_MAC_CTX_dup(key->keyed);
    size_t written;
    // No key means the one it has.
    int done = context && EVP_MAC_init(context, NULL, 0, NULL) && EVP_MAC_update(context, head, head_count) &&
               (tail_count == 0 || EVP_MAC_update(context, tail, tail_count)) &&
               EVP_MAC_final(context, code, &written, 32);
    EVP_MAC_CTX_free(atomic_exchange(place, context));
    return done;
}
