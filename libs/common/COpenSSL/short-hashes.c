// What is hashed here is a token, a signature's text: so short that EVP's contexts, which are allocated and looked up at
// every use, cost a good part of the hash. OpenSSL 3 deprecates these functions, since they pass by providers.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "COpenSSL.h"
#include <openssl/sha.h>
#include <string.h>

enum { BLOCK = 64, DIGEST = 32 };

// The state behind the key's first block, inside and outside.
struct copenssl_mac_key {
    SHA256_CTX inner, outer;
};

int copenssl_sha256(const void *bytes, size_t count, uint8_t digest[32]) {
    SHA256_CTX context;
    return SHA256_Init(&context) && SHA256_Update(&context, bytes, count) && SHA256_Final(digest, &context);
}

static int prepare(SHA256_CTX *state, uint8_t block[BLOCK], uint8_t pad) {
    for (int place = 0; place < BLOCK; place++) block[place] ^= pad;
    return SHA256_Init(state) && SHA256_Update(state, block, BLOCK);
}

// RFC 2104: the key, or its hash when it is longer than a block, under two pads.
static int set_key(copenssl_mac_key *key, const void *bytes, size_t count) {
    uint8_t block[BLOCK] = {0};
    int done = 1;
    if (count > BLOCK) {
        done = copenssl_sha256(bytes, count, block);
    } else if (count > 0) {
        memcpy(block, bytes, count);
    }
    done = done && prepare(&key->inner, block, 0x36) && prepare(&key->outer, block, 0x36 ^ 0x5c);
    OPENSSL_cleanse(block, sizeof block);
    return done;
}

copenssl_mac_key *copenssl_mac_key_new(const void *bytes, size_t count) {
    copenssl_mac_key *key = OPENSSL_zalloc(sizeof *key);
    if (key && set_key(key, bytes, count)) return key;
    copenssl_mac_key_free(key);
    return NULL;
}

void copenssl_mac_key_free(copenssl_mac_key *key) { OPENSSL_clear_free(key, sizeof *key); }

int copenssl_mac_key_code(
    const copenssl_mac_key *key, const void *head, size_t head_count, const void *tail, size_t tail_count,
    uint8_t code[32]) {
    uint8_t digest[DIGEST];
    SHA256_CTX context = key->inner;
    int done = SHA256_Update(&context, head, head_count) && SHA256_Update(&context, tail, tail_count) &&
               SHA256_Final(digest, &context);
    context = key->outer;
    done = done && SHA256_Update(&context, digest, DIGEST) && SHA256_Final(code, &context);
    OPENSSL_cleanse(&context, sizeof context);
    return done;
}

int copenssl_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t digest[32]) {
    copenssl_mac_key states;
    int done = set_key(&states, key, key_count) &&
               copenssl_mac_key_code(&states, bytes, count, NULL, 0, digest);
    OPENSSL_cleanse(&states, sizeof states);
    return done;
}
