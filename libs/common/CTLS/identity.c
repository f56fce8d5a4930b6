#include "internal.h"
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

static BIO *reading(const void *text, size_t count) { return count <= 1 << 20 ? BIO_new_mem_buf(text, (int)count) : NULL; }

// Without this OpenSSL would ask for a password at the terminal.
static int no_password(char *room, int count, int is_writing, void *was_asked) {
    *(int *)was_asked = 1;
    return -1;
}

static int is_end(void) {
    unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static int use_certificates(SSL_CTX *context, const void *text, size_t count) {
    BIO *input = reading(text, count);
    int problem = input ? 0 : CTLS_BAD_CERTIFICATE, is_first = 1;
    while (!problem) {
        X509 *certificate = PEM_read_bio_X509(input, NULL, NULL, NULL);
        if (!certificate) {
            problem = !is_end() ? CTLS_BAD_CERTIFICATE : is_first ? CTLS_NO_CERTIFICATE : 0;
            if (!problem) ERR_clear_error();
            break;
        }
        int done = is_first ? SSL_CTX_use_certificate(context, certificate) : SSL_CTX_add1_chain_cert(context, certificate);
        if (done != 1) problem = CTLS_BAD_CERTIFICATE;
        is_first = 0;
        X509_free(certificate);
    }
    BIO_free(input);
    return problem;
}

static int use_key(SSL_CTX *context, const void *text, size_t count) {
    int was_asked = 0, problem = 0;
    BIO *input = reading(text, count);
    EVP_PKEY *key = input ? PEM_read_bio_PrivateKey(input, NULL, no_password, &was_asked) : NULL;
    BIO_free(input);
    if (!key) return was_asked ? CTLS_ENCRYPTED_KEY : CTLS_NO_KEY;
    X509 *certificate = SSL_CTX_get0_certificate(context);
    if (!X509_check_private_key(certificate, key)) {
        problem = CTLS_NOT_OF_THIS_KEY;
    } else if (SSL_CTX_use_PrivateKey(context, key) != 1) {
        problem = CTLS_FAILED;
    }
    EVP_PKEY_free(key);
    return problem;
}

int ctls_use_identity(
    SSL_CTX *context, const void *certificates, size_t certificates_count, const void *key, size_t key_count) {
    int problem = use_certificates(context, certificates, certificates_count);
    return problem ? problem : use_key(context, key, key_count);
}

static X509 *certificate_of(const ctls_context *context) { return SSL_CTX_get0_certificate(context); }

static void fill(BIO *text, char *room, size_t count) {
    int length = text ? BIO_read(text, room, (int)count - 1) : 0;
    room[length > 0 ? length : 0] = 0;
    BIO_free(text);
}

void ctls_context_subject(const ctls_context *context, char *room, size_t count) {
    BIO *text = BIO_new(BIO_s_mem());
    if (text) X509_NAME_print_ex(text, X509_get_subject_name(certificate_of(context)), 0, XN_FLAG_RFC2253);
    fill(text, room, count);
}

void ctls_context_serial(const ctls_context *context, char *room, size_t count) {
    BIO *text = BIO_new(BIO_s_mem());
    if (text) i2a_ASN1_INTEGER(text, X509_get0_serialNumber(certificate_of(context)));
    fill(text, room, count);
}

int64_t ctls_context_expiry(const ctls_context *context) {
    struct tm time;
    return ASN1_TIME_to_tm(X509_get0_notAfter(certificate_of(context)), &time) ? (int64_t)timegm(&time) : INT64_MAX;
}
