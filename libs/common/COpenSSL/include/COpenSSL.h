// OpenSSL's libcrypto, and the two primitives that everything else is made of, without their set-up at every call.
#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stddef.h>
#include <stdint.h>

#if OPENSSL_VERSION_MAJOR < 3
#error "OpenSSL 3 or later is needed"
#endif

// Both answer 1, or 0 when OpenSSL refuses. Each thread keeps one context of each kind.
int copenssl_sha256(const void *_Nullable bytes, size_t count, uint8_t digest[_Nonnull 32]);
int copenssl_hmac_sha256(
    const void *_Nonnull key, size_t key_count, const void *_Nullable bytes, size_t count, uint8_t digest[_Nonnull 32]);

// A running hash, for what does not lie in one piece; NULL when there is no memory.
EVP_MD_CTX *_Nullable copenssl_sha256_begin(void);
