#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

_Thread_local void *clinux_loop_of_thread;
static _Thread_local uint32_t thread_shard;
static atomic_uint next_shard = 1;

uint32_t clinux_thread_shard(void) {
    if (thread_shard == 0) thread_shard = atomic_fetch_add_explicit(&next_shard, 1, memory_order_relaxed);
    return thread_shard;
}

int clinux_available_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

uint64_t clinux_monotonic_nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int clinux_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t timeout_nanoseconds) {
    // Rounded up: waking before a timer is due would only spin.
    int milliseconds = -1;
    if (timeout_nanoseconds >= 0) {
        int64_t rounded = timeout_nanoseconds / 1000000 + (timeout_nanoseconds % 1000000 != 0);
        milliseconds = rounded > 1000000 ? 1000000 : (int)rounded;
    }
    return epoll_wait(epoll, events, capacity, milliseconds);
}

int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int clinux_signalfd(uint64_t signals) {
    sigset_t set;
    sigemptyset(&set);
    for (int number = 1; number <= 64; number++)
        if (signals & (1ull << (number - 1))) sigaddset(&set, number);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int clinux_signalfd_next(int fd) {
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_pidfd_wait(int pidfd, int *code) {
    siginfo_t info = {0};
    int result;
    do result = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED);
    while (result != 0 && errno == EINTR);
    if (result != 0) return -1;
    *code = info.si_status;
    return info.si_code == CLD_EXITED ? 1 : 2;
}

int clinux_pidfd_signal(int pidfd, int number) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
}

int clinux_pipe_to_child(int ends[2], int ours) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    // Each end has flags of its own: the child's stays as programs expect it.
    return fcntl(ends[ours], F_SETFL, O_NONBLOCK);
}

enum { SPAWN_DESCRIPTORS = 16 };

// Moves the descriptors to their places, by way of numbers that are no one's place.
static int place_descriptors(posix_spawn_file_actions_t *actions, int safe[], const int descriptors[], int count) {
    for (int index = 0; index < count; index++) {
        safe[index] = fcntl(descriptors[index], F_DUPFD_CLOEXEC, SPAWN_DESCRIPTORS);
        if (safe[index] < 0) return errno;
        int failure = posix_spawn_file_actions_adddup2(actions, safe[index], index);
        if (failure != 0) return failure;
    }
    return 0;
}

int clinux_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[], const int descriptors[],
                 int count) {
    if (count > SPAWN_DESCRIPTORS) return EINVAL;
    int safe[SPAWN_DESCRIPTORS];
    for (int index = 0; index < count; index++) safe[index] = -1;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure != 0) return failure;
    failure = posix_spawnattr_init(&attributes);
    if (failure == 0) {
        sigset_t all;
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &all);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes,
                                 POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        failure = place_descriptors(&actions, safe, descriptors, count);
        if (failure == 0) failure = posix_spawn(pid, path, &actions, &attributes, argv, envp);
        for (int index = 0; index < count; index++)
            if (safe[index] >= 0) close(safe[index]);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

int clinux_socket(int family, int type, int protocol) {
    return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

int clinux_accept(int fd, struct sockaddr *address, socklen_t *length) {
    return accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void clinux_refuse_new_connections(int fd) {
    // The filter sees TCP segments: without SYN (0x02 in the byte of flags) they pass.
    struct sock_filter filter[] = {
        {BPF_LD | BPF_B | BPF_ABS, 0, 0, 13},
        {BPF_JMP | BPF_JSET | BPF_K, 0, 1, 0x02},
        {BPF_RET | BPF_K, 0, 0, 0},
        {BPF_RET | BPF_K, 0, 0, 0xffffffff},
    };
    struct sock_fprog program = {4, filter};
    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

ssize_t clinux_sendfile(int to, int from, int64_t offset, size_t count) {
    off_t position = offset;
    return sendfile(to, from, &position, count);
}

int clinux_pipe(int ends[2], int wanted) {
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return -1;
    // Where the user has many large pipes already, this one keeps its usual size.
    int size = fcntl(ends[1], F_SETPIPE_SZ, wanted);
    return size > 0 ? size : fcntl(ends[1], F_GETPIPE_SZ);
}

ssize_t clinux_splice_to_pipe(int socket, int pipe, size_t count) {
    return splice(socket, NULL, pipe, NULL, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

static int write_all(int file, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(file, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

// For files that cannot be spliced to.
static int copy_pipe(int pipe, int file, size_t count) {
    char block[16384];
    while (count > 0) {
        ssize_t held = read(pipe, block, count < sizeof block ? count : sizeof block);
        if (held < 0 && errno == EINTR) continue;
        if (held <= 0) return held < 0 ? errno : EPIPE;
        int failure = write_all(file, block, (size_t)held);
        if (failure) return failure;
        count -= (size_t)held;
    }
    return 0;
}

int clinux_drain_pipe(int pipe, int file, size_t count) {
    while (count > 0) {
        ssize_t moved = splice(pipe, NULL, file, NULL, count, SPLICE_F_MOVE);
        if (moved < 0 && errno == EINTR) continue;
        if (moved < 0 && errno == EINVAL) return copy_pipe(pipe, file, count);
        if (moved <= 0) return moved < 0 ? errno : EPIPE;
        count -= (size_t)moved;
    }
    return 0;
}

int clinux_pin_folder(int parent, const char *name) {
    return openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int clinux_temporary_file(const char *directory) {
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
    // A file system that does not know nameless files: the name is taken away at once.
    char path[4096];
    if (snprintf(path, sizeof path, "%s/.pentad-XXXXXX", directory) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) unlink(path);
    return fd;
}

void clinux_tune_heap(void) { mallopt(M_ARENA_MAX, 2); }

ssize_t clinux_copy_file(int from, int64_t offset, int to, size_t count) {
    loff_t start = offset;
    return copy_file_range(from, &start, to, NULL, count, 0);
}

void clinux_hide_process(void) { prctl(PR_SET_DUMPABLE, 0); }
