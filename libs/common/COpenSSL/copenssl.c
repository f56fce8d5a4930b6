#include "internal.h"
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <pthread.h>

static EVP_MD *sha256;
static EVP_MAC *hmac;
static pthread_key_t contexts_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct contexts {
    EVP_MD_CTX *digest;
    EVP_MAC_CTX *hmac;
};

static _Thread_local struct contexts *of_thread;

static void free_contexts(void *pointer) {
    struct contexts *contexts = pointer;
    EVP_MD_CTX_free(contexts->digest);
    EVP_MAC_CTX_free(contexts->hmac);
    OPENSSL_free(contexts);
}

// Looked up once: OpenSSL 3 searches its providers at every use of a name.
static void fetch(void) {
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    pthread_key_create(&contexts_key, free_contexts);
}

static struct contexts *contexts_of_thread(void) {
    if (of_thread) return of_thread;
    pthread_once(&once, fetch);
    if (!sha256 || !hmac) return NULL;
    struct contexts *made = OPENSSL_zalloc(sizeof *made);
    if (!made) return NULL;
    made->digest = EVP_MD_CTX_new();
    made->hmac = EVP_MAC_CTX_new(hmac);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    if (!made->digest || !made->hmac || !EVP_MAC_CTX_set_params(made->hmac, parameters) ||
        pthread_setspecific(contexts_key, made) != 0) {
        free_contexts(made);
        return NULL;
    }
    return of_thread = made;
}

int copenssl_sha256(const void *bytes, size_t count, uint8_t digest[32]) {
    struct contexts *contexts = contexts_of_thread();
    return contexts && EVP_DigestInit_ex2(contexts->digest, sha256, NULL) &&
           EVP_DigestUpdate(contexts->digest, bytes, count) && EVP_DigestFinal_ex(contexts->digest, digest, NULL);
}

int copenssl_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t digest[32]) {
    struct contexts *contexts = contexts_of_thread();
    size_t written;
    return contexts && EVP_MAC_init(contexts->hmac, key, key_count, NULL) &&
           EVP_MAC_update(contexts->hmac, bytes, count) && EVP_MAC_final(contexts->hmac, digest, &written, 32);
}

EVP_MD_CTX *copenssl_sha256_begin(void) {
    if (!contexts_of_thread()) return NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context && EVP_DigestInit_ex2(context, sha256, NULL)) return context;
    EVP_MD_CTX_free(context);
    return NULL;
}

EVP_MAC *copenssl_hmac(void) { return contexts_of_thread() ? hmac : NULL; }

unsigned copenssl_place(void) {
    static _Atomic unsigned threads;
    static _Thread_local unsigned place;
    // One more than the place, so that zero says "not yet".
    if (!place) place = atomic_fetch_add(&threads, 1) % COPENSSL_PLACES + 1;
    return place - 1;
}
