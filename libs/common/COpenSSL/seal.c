#include "internal.h"
#include <limits.h>

enum { TAG = 16 };

static int fits(size_t one, size_t other) { return one <= INT_MAX - TAG && other <= INT_MAX; }

// OpenSSL takes a call without bytes for something else.
static int add_context(EVP_CIPHER_CTX *cipher, int is_sealing, const void *context, size_t count) {
    int written;
    if (count == 0) return 1;
    return is_sealing ? EVP_EncryptUpdate(cipher, NULL, &written, context, (int)count)
                      : EVP_DecryptUpdate(cipher, NULL, &written, context, (int)count);
}

int copenssl_seal(
    const uint8_t key[32], const uint8_t nonce[12], const void *context, size_t context_count, const void *text,
    size_t count, uint8_t *box) {
    EVP_CIPHER_CTX *cipher = fits(count, context_count) ? EVP_CIPHER_CTX_new() : NULL;
    int written;
    int done = cipher && EVP_EncryptInit_ex2(cipher, EVP_aes_256_gcm(), key, nonce, NULL) &&
               add_context(cipher, 1, context, context_count) &&
               (count == 0 || EVP_EncryptUpdate(cipher, box, &written, text, (int)count)) &&
               EVP_EncryptFinal_ex(cipher, box + count, &written) &&
               EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG, box + count);
    EVP_CIPHER_CTX_free(cipher);
    if (!done) ERR_clear_error();
    return done;
}

int copenssl_open(
    const uint8_t key[32], const uint8_t nonce[12], const void *context, size_t context_count, const uint8_t *box,
    size_t count, uint8_t *text) {
    if (count < TAG || !fits(count, context_count)) return 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    size_t text_count = count - TAG;
    int written;
    int done = cipher && EVP_DecryptInit_ex2(cipher, EVP_aes_256_gcm(), key, nonce, NULL) &&
               add_context(cipher, 0, context, context_count) &&
               (text_count == 0 || EVP_DecryptUpdate(cipher, text, &written, box, (int)text_count)) &&
               EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG, (void *)(box + text_count)) &&
               EVP_DecryptFinal_ex(cipher, text + text_count, &written);
    EVP_CIPHER_CTX_free(cipher);
    if (!done) ERR_clear_error();
    return done;
}
