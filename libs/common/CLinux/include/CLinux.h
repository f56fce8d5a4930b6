// What Glibc's Swift module leaves out, and the per-thread slot that tells a thread which event loop it runs.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// The opaque pointer of the event loop that this thread runs, or NULL.
void *_Nullable clinux_current_loop(void);
void clinux_set_current_loop(void *_Nullable loop);

// A small number that differs between threads; used to choose a shard of a metric.
uint32_t clinux_thread_shard(void);

int clinux_accept4(int fd, struct sockaddr *_Nullable address, socklen_t *_Nullable length);
int clinux_pidfd_open(pid_t pid);
int clinux_epoll_wait(int epoll, struct epoll_event *_Nonnull events, int capacity, int64_t timeout_nanoseconds);

static inline uint64_t clinux_monotonic_nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}
