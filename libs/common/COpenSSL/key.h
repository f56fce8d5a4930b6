#pragma once
#include "internal.h"

struct copenssl_key {
    EVP_PKEY *pkey;
    copenssl_key_kind kind;
    int is_private;
    // Ready for a digest; only P-256 and RSA have them.
    _Atomic(EVP_PKEY_CTX *) signing[COPENSSL_PLACES];
    _Atomic(EVP_PKEY_CTX *) verifying[COPENSSL_PLACES];
};
