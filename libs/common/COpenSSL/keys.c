#include "key.h"
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

// Failures are answers here, not something for the next caller to find in the thread's queue of errors.
static copenssl_key *answer(EVP_PKEY *pkey, int is_private) {
    copenssl_key *key = NULL;
    copenssl_key_kind kind = 0;
    if (pkey && EVP_PKEY_is_a(pkey, "ED25519")) kind = COPENSSL_ED25519;
    if (pkey && EVP_PKEY_is_a(pkey, "RSA")) kind = COPENSSL_RSA;
    if (pkey && EVP_PKEY_is_a(pkey, "EC")) {
        char name[32];
        int is_spelt_out = 0;
        EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_spelt_out);
        // A curve by its numbers may be any other (CVE-2020-0601).
        if (!is_spelt_out && EVP_PKEY_get_group_name(pkey, name, sizeof name, NULL) && strcmp(name, "prime256v1") == 0)
            kind = COPENSSL_P256;
    }
    if (kind && (key = OPENSSL_zalloc(sizeof *key))) {
        key->pkey = pkey;
        key->kind = kind;
        key->is_private = is_private;
    } else {
        EVP_PKEY_free(pkey);
    }
    ERR_clear_error();
    return key;
}

void copenssl_key_free(copenssl_key *key) {
    for (int place = 0; place < COPENSSL_PLACES; place++) {
        EVP_PKEY_CTX_free(key->signing[place]);
        EVP_PKEY_CTX_free(key->verifying[place]);
    }
    EVP_PKEY_free(key->pkey);
    OPENSSL_free(key);
}

copenssl_key *copenssl_key_generate(copenssl_key_kind kind, unsigned rsa_bits) {
    EVP_PKEY *pkey = NULL;
    switch (kind) {
    case COPENSSL_ED25519: pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); break;
    case COPENSSL_P256: pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"); break;
    case COPENSSL_RSA: pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)rsa_bits); break;
    }
    return answer(pkey, 1);
}

// Without this OpenSSL would ask for a password at the terminal.
static int no_password(char *room, int count, int is_writing, void *unused) { return -1; }

copenssl_key *copenssl_key_from_pem(const void *text, size_t count, int is_private) {
    BIO *input = count <= 1 << 20 ? BIO_new_mem_buf(text, (int)count) : NULL;
    if (!input) return NULL;
    EVP_PKEY *pkey = is_private ? PEM_read_bio_PrivateKey(input, NULL, no_password, NULL)
                                : PEM_read_bio_PUBKEY(input, NULL, no_password, NULL);
    BIO_free(input);
    return answer(pkey, is_private);
}

copenssl_key *copenssl_key_ed25519(const uint8_t raw[32], int is_private) {
    return answer(
        is_private ? EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, raw, 32)
                   : EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, raw, 32),
        is_private);
}

static EVP_PKEY *public_from(const char *name, OSSL_PARAM *parameters) {
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
    if (context && parameters && EVP_PKEY_fromdata_init(context) > 0)
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, parameters);
    EVP_PKEY_CTX_free(context);
    return pkey;
}

copenssl_key *copenssl_key_p256(const uint8_t point[65]) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point, 65),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *pkey = public_from("EC", parameters);
    EVP_PKEY_CTX *context = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
    // A point beside the curve gives away what is combined with it.
    if (context && EVP_PKEY_public_check(context) <= 0) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    EVP_PKEY_CTX_free(context);
    return answer(pkey, 0);
}

copenssl_key *copenssl_key_rsa(
    const uint8_t *modulus, size_t modulus_count, const uint8_t *exponent, size_t exponent_count) {
    BIGNUM *n = BN_bin2bn(modulus, (int)modulus_count, NULL), *e = BN_bin2bn(exponent, (int)exponent_count, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *parameters = NULL;
    if (n && e && builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e))
        parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY *pkey = public_from("RSA", parameters);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return answer(pkey, 0);
}

copenssl_key_kind copenssl_key_get_kind(const copenssl_key *key) { return key->kind; }

int copenssl_key_is_private(const copenssl_key *key) { return key->is_private; }

static size_t number(const copenssl_key *key, const char *name, uint8_t *room, size_t room_count) {
    BIGNUM *number = NULL;
    size_t count = 0;
    if (EVP_PKEY_get_bn_param(key->pkey, name, &number) && (size_t)BN_num_bytes(number) <= room_count)
        count = BN_bn2bin(number, room);
    BN_free(number);
    return count;
}

// Coordinates one by one, since the whole point may come compressed.
static size_t point(const copenssl_key *key, uint8_t *room, size_t room_count) {
    BIGNUM *x = NULL, *y = NULL;
    size_t count = 0;
    if (room_count >= 65 && EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) &&
        EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) && BN_bn2binpad(x, room + 1, 32) == 32 &&
        BN_bn2binpad(y, room + 33, 32) == 32) {
        room[0] = 4;
        count = 65;
    }
    BN_free(x);
    BN_free(y);
    return count;
}

size_t copenssl_key_part(const copenssl_key *key, copenssl_part part, uint8_t *room, size_t room_count) {
    size_t count = room_count;
    switch (part) {
    case COPENSSL_ED25519_PUBLIC:
        if (key->kind != COPENSSL_ED25519 || !EVP_PKEY_get_raw_public_key(key->pkey, room, &count)) count = 0;
        break;
    case COPENSSL_ED25519_PRIVATE:
        if (key->kind != COPENSSL_ED25519 || !key->is_private || !EVP_PKEY_get_raw_private_key(key->pkey, room, &count))
            count = 0;
        break;
    case COPENSSL_P256_POINT: count = key->kind == COPENSSL_P256 ? point(key, room, room_count) : 0; break;
    case COPENSSL_RSA_MODULUS:
        count = key->kind == COPENSSL_RSA ? number(key, OSSL_PKEY_PARAM_RSA_N, room, room_count) : 0;
        break;
    case COPENSSL_RSA_EXPONENT:
        count = key->kind == COPENSSL_RSA ? number(key, OSSL_PKEY_PARAM_RSA_E, room, room_count) : 0;
        break;
    }
    ERR_clear_error();
    return count;
}

size_t copenssl_key_pem(const copenssl_key *key, int is_private, void *room, size_t room_count) {
    if (is_private && !key->is_private) return 0;
    BIO *output = BIO_new(BIO_s_secmem());
    size_t count = 0;
    char *text;
    if (output && (is_private ? PEM_write_bio_PKCS8PrivateKey(output, key->pkey, NULL, NULL, 0, NULL, NULL)
                              : PEM_write_bio_PUBKEY(output, key->pkey))) {
        long written = BIO_get_mem_data(output, &text);
        if (written > 0 && (size_t)written <= room_count) {
            memcpy(room, text, written);
            count = written;
        }
    }
    BIO_free(output);
    ERR_clear_error();
    return count;
}
