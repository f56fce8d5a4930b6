// What Glibc's Swift module leaves out, and the per-thread slot that tells a thread which event loop it runs.
#pragma once
#include <dirent.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>

// The opaque pointer of the event loop that this thread runs, or NULL.
extern _Thread_local void *_Nullable clinux_loop_of_thread;
static inline void *_Nullable clinux_current_loop(void) { return clinux_loop_of_thread; }
static inline void clinux_set_current_loop(void *_Nullable loop) { clinux_loop_of_thread = loop; }

// A small number that differs between threads; used to choose a shard of a metric.
uint32_t clinux_thread_shard(void);

// The cores this process may run on.
int clinux_available_cores(void);

void clinux_name_thread(const char *_Nonnull name);

uint64_t clinux_monotonic_nanoseconds(void);

int clinux_epoll_create(void);
int clinux_epoll_wait(int epoll, struct epoll_event *_Nonnull events, int capacity, int64_t timeout_nanoseconds);
int clinux_eventfd(void);

// A descriptor that delivers the signals of a bit set (bit n-1 for signal n), and the next signal or 0.
int clinux_signalfd(uint64_t signals);
int clinux_signalfd_next(int fd);

// Waits for a child by its descriptor. `code` gets the exit status or the signal; answers 1 for exited, 2 for signalled.
int clinux_pidfd_open(pid_t pid);
int clinux_pidfd_wait(int pidfd, int *_Nonnull code);
int clinux_pidfd_signal(int pidfd, int number);

// A pipe whose end `ours` (0 reads, 1 writes) does not block; the other is for a child. Answers 0 or -1.
int clinux_pipe_to_child(int ends[_Nonnull 2], int ours);
// Starts a program in a process group of its own, with the descriptors as its 0, 1, 2 ..., every signal blocked and none
// ignored. Answers 0 or an error number.
int clinux_spawn(pid_t *_Nonnull pid, const char *_Nonnull path, char *_Nullable const *_Nonnull argv,
                 char *_Nullable const *_Nonnull envp, const int *_Nonnull descriptors, int count);

// Non-blocking and close-on-exec from the start.
int clinux_socket(int family, int type, int protocol);
int clinux_accept(int fd, struct sockaddr *_Nullable address, socklen_t *_Nullable length);

// Makes a listening socket drop new handshakes; those that have begun go on.
void clinux_refuse_new_connections(int fd);

ssize_t clinux_sendfile(int to, int from, int64_t offset, size_t count);

// A pipe of up to `wanted` bytes; answers its size, or -1.
int clinux_pipe(int ends[_Nonnull 2], int wanted);
// Moves what a socket has received into a pipe, as far as there is room, without waiting.
ssize_t clinux_splice_to_pipe(int socket, int pipe, size_t count);
// Empties a pipe of `count` bytes into a file; answers 0 or an error number.
int clinux_drain_pipe(int pipe, int file, size_t count);

// Opens a folder by its name in another as nothing but a place; never through a link. -1 when there is none.
int clinux_pin_folder(int parent, const char *_Nonnull name);

// Where an entry's name lies. Swift would copy the whole array that the type declares, and an entry is shorter.
static inline const char *_Nonnull clinux_entry_name(const struct dirent *_Nonnull entry) { return entry->d_name; }

// A file without a name in a directory, for reading and writing by this process alone; -1 when it cannot be made.
int clinux_temporary_file(const char *_Nonnull directory);

// Copies from one file to the end of another within the kernel; answers how much, or -1 where it cannot.
ssize_t clinux_copy_file(int from, int64_t offset, int to, size_t count);

// The character classes of RFC 9110 and RFC 3986 as bits, one load a byte; a Swift test holds the table to the grammar.
// CLINUX_HOST is what DNS names, address literals and ports are made of, less than RFC 3986 allows.
enum { CLINUX_TOKEN = 1, CLINUX_PATH = 2, CLINUX_HOST = 4, CLINUX_FIELD_VALUE = 8, CLINUX_QUERY = 16 };
static inline uint8_t clinux_character_classes(uint8_t byte) {
    static const uint8_t classes[256] = {
         0,  0,  0,  0,  0,  0,  0,  0,  0,  8,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         8, 27,  8,  9, 27, 27, 27, 27, 26, 26, 27, 27, 26, 31, 31, 26,
        31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 30, 26,  8, 26,  8, 24,
        26, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31,
        31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 28, 24, 28, 25, 31,
        25, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31,
        31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 24, 25, 24, 31,  0,
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,
    };
    return classes[byte];
}

// Keeps processes of the same user from this one's environment, memory and descriptors (/proc, ptrace), and its core out
// of files. Root is not kept out. Programs that it starts are not affected.
void clinux_hide_process(void);

// Caps the heap's arenas and gives freed memory back sooner: a service of many threads stays small.
void clinux_tune_heap(void);
