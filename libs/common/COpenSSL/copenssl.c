#include "internal.h"
#include <pthread.h>

static EVP_MD *sha256;
static pthread_once_t once = PTHREAD_ONCE_INIT;

// Looked up once: OpenSSL 3 searches its providers at every use of a name.
static void fetch(void) { sha256 = EVP_MD_fetch(NULL, "SHA256", NULL); }

EVP_MD_CTX *copenssl_sha256_begin(void) {
    pthread_once(&once, fetch);
    EVP_MD_CTX *context = sha256 ? EVP_MD_CTX_new() : NULL;
    if (context && EVP_DigestInit_ex2(context, sha256, NULL)) return context;
    EVP_MD_CTX_free(context);
    return NULL;
}

unsigned copenssl_place(void) {
    static _Atomic unsigned threads;
    static _Thread_local unsigned place;
    // One more than the place, so that zero says "not yet".
    if (!place) place = atomic_fetch_add(&threads, 1) % COPENSSL_PLACES + 1;
    return place - 1;
}
