#include "CLinux.h"

#include <stdatomic.h>

static _Thread_local void *current_loop;
static _Thread_local uint32_t thread_shard;
static atomic_uint next_shard = 1;

void *clinux_current_loop(void) { return current_loop; }
void clinux_set_current_loop(void *loop) { current_loop = loop; }

uint32_t clinux_thread_shard(void) {
    if (thread_shard == 0) thread_shard = atomic_fetch_add_explicit(&next_shard, 1, memory_order_relaxed);
    return thread_shard;
}

int clinux_accept4(int fd, struct sockaddr *address, socklen_t *length) {
    return accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t timeout_nanoseconds) {
    // Rounded up: waking before a timer is due would only spin.
    int milliseconds = -1;
    if (timeout_nanoseconds >= 0) {
        int64_t rounded = (timeout_nanoseconds + 999999) / 1000000;
        milliseconds = rounded > 1000000 ? 1000000 : (int)rounded;
    }
    return epoll_wait(epoll, events, capacity, milliseconds);
}
