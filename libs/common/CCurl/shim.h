// libcurl's setters and getters are variadic, which Swift cannot call; one plain function a kind of value stands here.
#pragma once
#include <curl/curl.h>

#if LIBCURL_VERSION_NUM < 0x075000
#error "libcurl 7.80 or later is needed: before, a kept connection's address cannot be checked"
#endif

static inline CURLcode ccurl_set_long(CURL *_Nonnull easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_size(CURL *_Nonnull easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_text(CURL *_Nonnull easy, CURLoption option, const char *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_pointer(CURL *_Nonnull easy, CURLoption option, void *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_list(CURL *_Nonnull easy, CURLoption option, struct curl_slist *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}

// Both for bytes that come (`CURLOPT_WRITEFUNCTION`, `CURLOPT_HEADERFUNCTION`) and for bytes that go (`CURLOPT_READFUNCTION`).
typedef size_t (*ccurl_bytes_function)(char *_Nonnull bytes, size_t size, size_t count, void *_Nullable context);
static inline CURLcode ccurl_set_bytes_function(
    CURL *_Nonnull easy, CURLoption option, ccurl_bytes_function _Nonnull function) {
    return curl_easy_setopt(easy, option, function);
}

// Opens the socket for an address that libcurl is about to connect to; CURL_SOCKET_BAD refuses it.
typedef curl_socket_t (*ccurl_open_function)(
    void *_Nullable context, curlsocktype purpose, struct curl_sockaddr *_Nonnull address);
static inline CURLcode ccurl_set_open_function(CURL *_Nonnull easy, ccurl_open_function _Nonnull function) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, function);
}

static inline const struct sockaddr *_Nonnull ccurl_socket_address(struct curl_sockaddr *_Nonnull address) {
    return &address->addr;
}

// Goes back to an offset of the request's body, which must be sent again; answers a CURL_SEEKFUNC_ value.
typedef int (*ccurl_seek_function)(void *_Nullable context, curl_off_t offset, int origin);
static inline CURLcode ccurl_set_seek_function(CURL *_Nonnull easy, ccurl_seek_function _Nonnull function) {
    return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, function);
}

// Closes a socket; CURLOPT_CLOSESOCKETDATA must outlive the transfer, since a kept connection is closed later.
typedef int (*ccurl_close_function)(void *_Nullable context, curl_socket_t socket);
static inline CURLcode ccurl_set_close_function(CURL *_Nonnull easy, ccurl_close_function _Nonnull function) {
    return curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, function);
}

// Told once a connection, a new one or a kept one, is about to carry the request; answers a CURL_PREREQFUNC_ value.
typedef int (*ccurl_connected_function)(
    void *_Nullable context, char *_Nullable peer, char *_Nullable own, int peer_port, int own_port);
static inline CURLcode ccurl_set_connected_function(CURL *_Nonnull easy, ccurl_connected_function _Nonnull function) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, function);
}

static inline CURLcode ccurl_get_size(CURL *_Nonnull easy, CURLINFO info, curl_off_t *_Nonnull value) {
    return curl_easy_getinfo(easy, info, value);
}

typedef int (*ccurl_socket_function)(
    CURL *_Nullable easy, curl_socket_t socket, int what, void *_Nullable context, void *_Nullable socket_context);
typedef int (*ccurl_timer_function)(CURLM *_Nullable multi, long milliseconds, void *_Nullable context);

// Has the one told which sockets to watch and the other when to come back.
static inline void ccurl_multi_set_callbacks(
    CURLM *_Nonnull multi, ccurl_socket_function _Nonnull sockets, void *_Nonnull sockets_context,
    ccurl_timer_function _Nonnull timer, void *_Nonnull timer_context) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, sockets);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, sockets_context);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, timer_context);
}
static inline void ccurl_multi_clear_timer(CURLM *_Nonnull multi) {
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, NULL);
}
static inline CURLMcode ccurl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// The next transfer that has ended, with how it ended; NULL when there is none.
static inline CURL *_Nullable ccurl_multi_next_done(CURLM *_Nonnull multi, CURLcode *_Nonnull result) {
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}

// Only http and https, by whichever of the two options this libcurl knows.
static inline CURLcode ccurl_allow_protocols(CURL *_Nonnull easy, int with_http) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, with_http ? "http,https" : "https");
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTPS | (with_http ? CURLPROTO_HTTP : 0)));
#endif
}

// Lets a transfer end while its name is still being resolved, without waiting for that thread.
static inline void ccurl_set_quick_exit(CURL *_Nonnull easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

// Macros that are casts or negative, which Swift does not import.
static inline size_t ccurl_write_pause(void) { return CURL_WRITEFUNC_PAUSE; }
static inline size_t ccurl_read_pause(void) { return CURL_READFUNC_PAUSE; }
static inline size_t ccurl_read_abort(void) { return CURL_READFUNC_ABORT; }
static inline curl_socket_t ccurl_bad_socket(void) { return CURL_SOCKET_BAD; }
static inline CURLcode ccurl_global_init(void) { return curl_global_init(CURL_GLOBAL_ALL); }
