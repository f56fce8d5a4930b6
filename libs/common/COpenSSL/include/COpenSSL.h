// OpenSSL's libcrypto, and the few primitives that everything else is made of, without their set-up at every call.
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

// Both answer 1, or 0 when OpenSSL refuses.
int copenssl_sha256(const void *_Nullable bytes, size_t count, uint8_t digest[_Nonnull 32]);
int copenssl_hmac_sha256(
    const void *_Nonnull key, size_t key_count, const void *_Nullable bytes, size_t count, uint8_t digest[_Nonnull 32]);

// A running hash, for what does not lie in one piece; NULL when there is no memory.
EVP_MD_CTX *_Nullable copenssl_sha256_begin(void);

// A key whose first block is hashed once. Any thread may use it at any time; so may the keys below be used.
typedef struct copenssl_mac_key copenssl_mac_key;

copenssl_mac_key *_Nullable copenssl_mac_key_new(const void *_Nonnull key, size_t count);
void copenssl_mac_key_free(copenssl_mac_key *_Nonnull key);
// The code of two pieces one after the other.
int copenssl_mac_key_code(
    const copenssl_mac_key *_Nonnull key, const void *_Nullable head, size_t head_count, const void *_Nullable tail,
    size_t tail_count, uint8_t code[_Nonnull 32]);

// A key for signatures, public or with its private half.
typedef struct copenssl_key copenssl_key;

typedef enum copenssl_key_kind { COPENSSL_ED25519 = 1, COPENSSL_P256 = 2, COPENSSL_RSA = 3 } copenssl_key_kind;

copenssl_key *_Nullable copenssl_key_generate(copenssl_key_kind kind, unsigned rsa_bits);
copenssl_key *_Nullable copenssl_key_from_pem(const void *_Nonnull text, size_t count, int is_private);
copenssl_key *_Nullable copenssl_key_ed25519(const uint8_t raw[_Nonnull 32], int is_private);
copenssl_key *_Nullable copenssl_key_p256(const uint8_t point[_Nonnull 65]);
copenssl_key *_Nullable copenssl_key_rsa(
    const uint8_t *_Nonnull modulus, size_t modulus_count, const uint8_t *_Nonnull exponent, size_t exponent_count);
void copenssl_key_free(copenssl_key *_Nonnull key);

copenssl_key_kind copenssl_key_get_kind(const copenssl_key *_Nonnull key);
int copenssl_key_is_private(const copenssl_key *_Nonnull key);

// Numbers of a key, big-endian; how many bytes, 0 when there is none or it is longer than the room.
typedef enum copenssl_part {
    COPENSSL_ED25519_PUBLIC, COPENSSL_ED25519_PRIVATE, COPENSSL_P256_POINT, COPENSSL_RSA_MODULUS, COPENSSL_RSA_EXPONENT
} copenssl_part;
size_t copenssl_key_part(
    const copenssl_key *_Nonnull key, copenssl_part part, uint8_t *_Nonnull room, size_t room_count);

// PKCS #8 or SubjectPublicKeyInfo as PEM; how many bytes, 0 when it fails or they are more than the room.
size_t copenssl_key_pem(const copenssl_key *_Nonnull key, int is_private, void *_Nonnull room, size_t room_count);

// Ed25519 signs the message, the others its SHA-256; a signature by P-256 is DER. How many bytes, 0 when it fails.
size_t copenssl_sign(
    const copenssl_key *_Nonnull key, const void *_Nullable message, size_t count, uint8_t *_Nonnull room,
    size_t room_count);
int copenssl_verify(
    const copenssl_key *_Nonnull key, const void *_Nullable message, size_t count, const uint8_t *_Nonnull signature,
    size_t signature_count);

// AES-256-GCM. A box is the text's bytes and 16 of a tag; `context` is bound to it without being in it. Both answer 1, or 0:
// then the box is not of this key, nonce and context, and what `text` holds is nothing.
int copenssl_seal(
    const uint8_t key[_Nonnull 32], const uint8_t nonce[_Nonnull 12], const void *_Nullable context,
    size_t context_count, const void *_Nullable text, size_t count, uint8_t *_Nonnull box);
int copenssl_open(
    const uint8_t key[_Nonnull 32], const uint8_t nonce[_Nonnull 12], const void *_Nullable context,
    size_t context_count, const uint8_t *_Nonnull box, size_t count, uint8_t *_Nonnull text);

// Decodes Base64 sixteen symbols at a time, up to the last ones or to a block with a symbol that is none, and answers how
// many symbols that were. In C, since Swift compares vectors of bytes one byte after another.
size_t copenssl_base64_blocks(
    const uint8_t *_Nonnull text, size_t count, uint8_t of62, uint8_t of63, uint8_t *_Nonnull bytes);
