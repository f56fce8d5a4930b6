// engine-guard OPTION=VALUE... -- PATH NAME ARGUMENT...
//
// Stands between a service and a foreign program. It starts the program with limits and waits for it; whatever happens,
// nothing that the program started is left when the guard ends: not when the program ends by itself, not when the
// service asks for the end (SIGTERM), not when the service is gone (the lifeline on descriptor 3 breaks).
//
// Descriptors: 0-2 are the program's, 3 the lifeline (a pipe that only the service can write to), 4 takes the report:
//   started                        the program runs
//   failed ERRNO                   it could not be started
//   exited CODE CPU PEAK           it ended; processor time in microseconds, peak of its memory in KiB
//   signalled SIGNAL CPU PEAK
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIFELINE = 3, REPORT = 4, FIRST_FREE = 5, USAGE_STATUS = 64, NOT_STARTED_STATUS = 127 };

// How often those that are left are killed again until there is none.
enum { KILL_EVERY_MS = 10 };

struct limit {
    const char *name;
    __rlimit_resource_t resource;
    bool is_given;
    rlim_t value;
};

static struct limit limits[] = {
    {"address-space", RLIMIT_AS, false, 0}, {"data", RLIMIT_DATA, false, 0},    {"cpu", RLIMIT_CPU, false, 0},
    {"file-size", RLIMIT_FSIZE, false, 0},  {"files", RLIMIT_NOFILE, false, 0}, {"processes", RLIMIT_NPROC, false, 0},
};
enum { LIMITS = sizeof limits / sizeof limits[0] };

static const char *directory = "/";
// Between SIGTERM and SIGKILL; the shorter one when nobody waits for a result any more.
static long grace_ms = 3000;
static long orphan_grace_ms = 1000;

static pid_t guard;

// MARK: Arguments

static void usage(const char *argument) {
    fprintf(stderr, "engine-guard: not understood: '%s'\n", argument);
    exit(USAGE_STATUS);
}

static unsigned long long number(const char *text, const char *argument) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != 0 || *text < '0' || *text > '9') usage(argument);
    return value;
}

static void read_option(const char *argument) {
    const char *value = strchr(argument, '=');
    if (value == NULL) usage(argument);
    size_t length = (size_t)(value++ - argument);
    for (int index = 0; index < LIMITS; index++) {
        if (strlen(limits[index].name) != length || strncmp(argument, limits[index].name, length) != 0) continue;
        limits[index].is_given = true;
        limits[index].value = (rlim_t)number(value, argument);
        return;
    }
    if (strncmp(argument, "directory=", 10) == 0) {
        directory = value;
        return;
    }
    bool is_grace = strncmp(argument, "grace=", 6) == 0;
    if (!is_grace && strncmp(argument, "orphan-grace=", 13) != 0) usage(argument);
    unsigned long long milliseconds = number(value, argument);
    if (milliseconds > 3600000) usage(argument);
    *(is_grace ? &grace_ms : &orphan_grace_ms) = (long)milliseconds;
}

// MARK: The program's side of the fork; nothing here allocates

static bool set_limit(const struct limit *limit) {
    struct rlimit now;
    if (getrlimit(limit->resource, &now) != 0) return false;
    struct rlimit wanted = {limit->value, limit->value};
    // The soft limit tells what ended the program (SIGXCPU); the hard one is for a program that does not listen.
    if (limit->resource == RLIMIT_CPU && limit->value < RLIM_INFINITY - 2) wanted.rlim_max = limit->value + 2;
    // A hard limit of ours that is lower already stays: it cannot be raised.
    if (wanted.rlim_max > now.rlim_max) wanted.rlim_max = now.rlim_max;
    if (wanted.rlim_cur > wanted.rlim_max) wanted.rlim_cur = wanted.rlim_max;
    return setrlimit(limit->resource, &wanted) == 0;
}

static bool prepare_program(void) {
    if (setsid() < 0) return false;
    // Should the guard be killed, the program goes too. The guard has one thread, so its end is the guard's end.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != guard) return false;
    // By the kernel's own call, whose structure of zeros is the default: the library's leaves out the signals that it
    // keeps for itself, and those start ignored after posix_spawn.
    const unsigned long usual[4] = {0};
    for (int signal = 1; signal < NSIG; signal++) syscall(SYS_rt_sigaction, signal, usual, NULL, 8);
    // 1 and not 0: a limit of 0 does not keep a core from a program that takes them over a pipe.
    struct rlimit core = {1, 1};
    setrlimit(RLIMIT_CORE, &core);
    if (chdir(directory) != 0) return false;
    for (int index = 0; index < LIMITS; index++)
        if (limits[index].is_given && !set_limit(&limits[index])) return false;
    sigset_t none;
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

static _Noreturn void become_program(int failure, char *const words[]) {
    if (prepare_program()) execv(words[0], words + 1);
    int code = errno;
    ssize_t written = write(failure, &code, sizeof code);
    (void)written;
    _exit(NOT_STARTED_STATUS);
}

// MARK: Descendants: as their subreaper, the guard is an ancestor of all of them at any time

static pid_t parent_of(pid_t pid) {
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return 0;
    text[count] = 0;
    // The name, in brackets, may hold anything.
    const char *after_name = strrchr(text, ')');
    int parent = 0;
    if (after_name == NULL || sscanf(after_name + 1, " %*c %d", &parent) != 1) return 0;
    return (pid_t)parent;
}

static bool is_descendant(pid_t pid) {
    for (int steps = 0; pid > 1 && steps < 65536; steps++)
        if ((pid = parent_of(pid)) == guard) return true;
    return false;
}

static void signal_one(pid_t pid, int signal) {
    // The descriptor pins the process, so that its number cannot pass to a stranger between the look and the signal.
    int pinned = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pinned < 0) return;
    if (is_descendant(pid)) {
        syscall(SYS_pidfd_send_signal, pinned, signal, NULL, 0);
        if (signal == SIGTERM) syscall(SYS_pidfd_send_signal, pinned, SIGCONT, NULL, 0);
    }
    close(pinned);
}

static void signal_descendants(int signal) {
    DIR *processes = opendir("/proc");
    if (processes == NULL) return;
    for (struct dirent *entry; (entry = readdir(processes)) != NULL;) {
        char *end;
        long pid = strtol(entry->d_name, &end, 10);
        if (*end != 0 || pid <= 1 || pid > INT_MAX || pid == guard) continue;
        if (is_descendant((pid_t)pid)) signal_one((pid_t)pid, signal);
    }
    closedir(processes);
}

// MARK: The guard's side of the fork

static long now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void report(const char *text) {
    // A pipe takes a short line whole. That nobody reads it any more shows at the lifeline.
    ssize_t written = write(REPORT, text, strlen(text));
    (void)written;
}

struct life {
    pid_t program;
    // Breaks when the program is there, brings the error's number when it is not; then -1.
    int failure;
    bool has_ended;
    bool is_stopping;
    long kill_at_ms;
};

static void report_start(struct life *life) {
    int code = 0;
    char line[32] = "started\n";
    if (life->failure < 0) return;
    if (read(life->failure, &code, sizeof code) == sizeof code) snprintf(line, sizeof line, "failed %d\n", code);
    report(line);
    close(life->failure);
    life->failure = -1;
}

static void report_end(int status, const struct rusage *usage) {
    char line[96];
    const struct timeval *user = &usage->ru_utime, *system = &usage->ru_stime;
    long long cpu = (user->tv_sec + system->tv_sec) * 1000000ll + user->tv_usec + system->tv_usec;
    snprintf(line, sizeof line, "%s %d %lld %ld\n", WIFSIGNALED(status) ? "signalled" : "exited",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), cpu, usage->ru_maxrss);
    report(line);
}

// Takes in who has ended; false when nobody is left.
static bool reap(struct life *life) {
    for (;;) {
        int status;
        struct rusage usage;
        pid_t pid = wait4(-1, &status, WNOHANG, &usage);
        if (pid == 0) return true;
        if (pid < 0) return errno == EINTR;
        if (pid != life->program) continue;
        report_start(life);
        report_end(status, &usage);
        life->has_ended = true;
    }
}

static void stop(struct life *life, long grace) {
    long kill_at = now_ms() + grace;
    if (life->is_stopping) {
        if (kill_at < life->kill_at_ms) life->kill_at_ms = kill_at;
        return;
    }
    life->is_stopping = true;
    life->kill_at_ms = kill_at;
    if (!life->has_ended) {
        // The group in one stroke, then who has left it.
        kill(-life->program, SIGTERM);
        signal_descendants(SIGTERM);
    }
}

static int milliseconds_to_wait(const struct life *life) {
    if (life->has_ended) return KILL_EVERY_MS;
    if (!life->is_stopping) return -1;
    long left = life->kill_at_ms - now_ms();
    return left > KILL_EVERY_MS ? (int)left : KILL_EVERY_MS;
}

static void watch_over(struct life *life, int signals) {
    struct pollfd polled[] = {{LIFELINE, 0, 0}, {signals, POLLIN, 0}, {life->failure, POLLIN, 0}};
    while (reap(life)) {
        if (life->has_ended || (life->is_stopping && now_ms() >= life->kill_at_ms)) {
            if (!life->has_ended) kill(-life->program, SIGKILL);
            signal_descendants(SIGKILL);
        }
        polled[2].fd = life->failure;
        if (poll(polled, 3, milliseconds_to_wait(life)) < 0) continue;
        if (polled[2].revents != 0) report_start(life);
        struct signalfd_siginfo info;
        while (read(signals, &info, sizeof info) == sizeof info)
            if (info.ssi_signo == SIGTERM) stop(life, grace_ms);
        if (polled[0].revents != 0) {
            polled[0].fd = -1;
            stop(life, orphan_grace_ms < grace_ms ? orphan_grace_ms : grace_ms);
        }
    }
}

// When memory runs out, the kernel shall choose the program before the guard and the service. A program takes its score
// over from the guard, which has that score only around the fork.
struct memory_score {
    int file;
    char own[16];
};

static struct memory_score raise_memory_score(void) {
    struct memory_score score = {open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC), ""};
    if (score.file < 0 || read(score.file, score.own, sizeof score.own - 1) <= 0) return score;
    ssize_t written = atoi(score.own) < 500 ? pwrite(score.file, "500", 3, 0) : 0;
    (void)written;
    return score;
}

static void restore_memory_score(struct memory_score score) {
    if (score.file < 0) return;
    ssize_t written = pwrite(score.file, score.own, strlen(score.own), 0);
    (void)written;
    close(score.file);
}

static int block_signals(void) {
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGCHLD);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void give_up(void) {
    char line[32];
    snprintf(line, sizeof line, "failed %d\n", errno);
    report(line);
    exit(NOT_STARTED_STATUS);
}

int main(int count, char *words[]) {
    syscall(SYS_close_range, FIRST_FREE, ~0u, 0);
    struct memory_score score = raise_memory_score();
    // The program, of the same user, may not reach through /proc for the report's pipe. Its own image undoes this.
    prctl(PR_SET_DUMPABLE, 0);
    int first = 1;
    while (first < count && strcmp(words[first], "--") != 0) read_option(words[first++]);
    if (count - first < 3) usage("no program");
    if (fcntl(LIFELINE, F_SETFD, FD_CLOEXEC) != 0 || fcntl(REPORT, F_SETFD, FD_CLOEXEC) != 0) usage("no descriptors");
    guard = getpid();
    int failure[2], signals = block_signals(), nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (signals < 0 || nothing < 0 || pipe2(failure, O_CLOEXEC) != 0) give_up();
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up();
    // A guard that was started with SIGCHLD ignored would be told nothing.
    signal(SIGCHLD, SIG_DFL);
    umask(077);

    struct life life = {.failure = failure[0]};
    life.program = fork();
    if (life.program < 0) give_up();
    if (life.program == 0) become_program(failure[1], words + first + 1);
    restore_memory_score(score);
    close(failure[1]);
    // The program alone decides when its input and output end.
    for (int descriptor = 0; descriptor < LIFELINE; descriptor++) dup2(nothing, descriptor);
    watch_over(&life, signals);
    return 0;
}
