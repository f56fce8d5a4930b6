#include "internal.h"
#include <openssl/core_names.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

// A ticket may be used for two hours, so the key of the hour before last still opens some.
enum { KEYS = 4, KEY_SECONDS = 3600 };

struct key {
    uint8_t name[16], cipher[32], mac[32];
    int64_t made;
};

struct ctls_tickets {
    atomic_int holders;
    pthread_mutex_t lock;
    struct key keys[KEYS];
    int count;
};

static int64_t seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

static int add_key(ctls_tickets *tickets, int64_t now) {
    struct key key = {.made = now};
    if (RAND_bytes(key.name, sizeof key.name) <= 0 || RAND_priv_bytes(key.cipher, sizeof key.cipher) <= 0 ||
        RAND_priv_bytes(key.mac, sizeof key.mac) <= 0)
        return 0;
    memmove(tickets->keys + 1, tickets->keys, sizeof key * (KEYS - 1));
    tickets->keys[0] = key;
    if (tickets->count < KEYS) tickets->count++;
    OPENSSL_cleanse(&key, sizeof key);
    return 1;
}

ctls_tickets *ctls_tickets_new(void) {
    ctls_tickets *tickets = OPENSSL_zalloc(sizeof *tickets);
    if (!tickets) return NULL;
    tickets->holders = 1;
    pthread_mutex_init(&tickets->lock, NULL);
    if (add_key(tickets, seconds())) return tickets;
    ctls_tickets_free(tickets);
    return NULL;
}

ctls_tickets *ctls_tickets_hold(ctls_tickets *tickets) {
    atomic_fetch_add(&tickets->holders, 1);
    return tickets;
}

void ctls_tickets_free(ctls_tickets *tickets) {
    if (atomic_fetch_sub(&tickets->holders, 1) > 1) return;
    pthread_mutex_destroy(&tickets->lock);
    OPENSSL_clear_free(tickets, sizeof *tickets);
}

// The key for a new ticket, or the one of that name: its age in keys, -1 when there is none.
static int find(ctls_tickets *tickets, const unsigned char *name, struct key *found) {
    int64_t now = seconds();
    int place = -1;
    pthread_mutex_lock(&tickets->lock);
    if (now - tickets->keys[0].made >= KEY_SECONDS) add_key(tickets, now);
    for (int each = 0; each < tickets->count && place < 0; each++) {
        // One that was made long ago may still be here when there was little to do since.
        int is_in_use = now - tickets->keys[each].made < KEY_SECONDS * (KEYS - 1);
        if (name ? is_in_use && memcmp(tickets->keys[each].name, name, 16) == 0 : each == 0) place = each;
    }
    if (place >= 0) *found = tickets->keys[place];
    pthread_mutex_unlock(&tickets->lock);
    return place;
}

int ctls_ticket_key(
    SSL *ssl, unsigned char name[16], unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int is_new) {
    struct key key;
    int place = find(ctls_rules_of(SSL_get_SSL_CTX(ssl))->tickets, is_new ? NULL : name, &key);
    if (place < 0) return 0;
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac, sizeof key.mac),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0), OSSL_PARAM_construct_end()};
    int done = EVP_MAC_CTX_set_params(mac, parameters);
    if (is_new) {
        memcpy(name, key.name, sizeof key.name);
        done = done && RAND_bytes(iv, 16) > 0 && EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv);
    } else {
        done = done && EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv);
    }
    OPENSSL_cleanse(&key, sizeof key);
    // 2: a ticket by a key that is no longer the newest is replaced.
    return !done ? -1 : is_new || place == 0 ? 1 : 2;
}
