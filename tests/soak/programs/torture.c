/* Threads and processes that fork, exec, signal, write code and end at random, for a while; each outcome is checked.
 * Arguments: SECONDS PROCESSES THREADS SEED. Exit status 0 and one line when all was as it must be. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static atomic_long queued, received, mutual, done;
static long plain;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double deadline;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void fail(const char *what, long got, long wanted)
{
    char text[200];
    int n = snprintf(text, sizeof text, "torture: process %d: %s: %ld instead of %ld (errno %d)\n", getpid(), what, got, wanted, errno);
    if (write(2, text, n) < 0) abort();
    _exit(99);
}

static void check(const char *what, long got, long wanted)
{
    if (got != wanted) fail(what, got, wanted);
}

static unsigned random_(unsigned *state)
{
    *state ^= *state << 13, *state ^= *state >> 17, *state ^= *state << 5;
    return *state;
}

static void on_queued(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    int saved = errno;
    if (info->si_code == SI_QUEUE && info->si_value.sival_int == 4711) atomic_fetch_add(&received, 1);
    errno = saved;
}

static pid_t reap(pid_t pid, int *status)
{
    pid_t got;
    do got = waitpid(pid, status, 0);
    while (got < 0 && errno == EINTR);
    return got;
}

static void child_ends(unsigned *r)
{
    unsigned how = random_(r), status;
    pid_t pid = fork();
    if (pid < 0) return;
    if (pid == 0) {
        if (how & 1) _exit(how >> 8 & 0x7f);
        signal(SIGTERM, SIG_DFL);
        kill(getpid(), SIGTERM);
        _exit(98);
    }
    check("waitpid", reap(pid, (int *)&status), pid);
    if (how & 1) check("exit status", WIFEXITED(status) ? WEXITSTATUS(status) : -1, how >> 8 & 0x7f);
    else check("signal", WIFSIGNALED(status) ? WTERMSIG(status) : -1, SIGTERM);
}

static void child_executes(unsigned *r, int spawns)
{
    char code[16];
    int status, wanted = random_(r) >> 8 & 0x7f;
    snprintf(code, sizeof code, "%d", wanted);
    char *argv[] = {"torture", "exit", code, 0};
    pid_t pid;
    if (spawns) {
        if (posix_spawn(&pid, "/proc/self/exe", 0, 0, argv, environ) != 0) return;
    } else {
        pid = fork();
        if (pid < 0) return;
        if (pid == 0) {
            execv("/proc/self/exe", argv);
            _exit(97);
        }
    }
    check("waitpid", reap(pid, &status), pid);
    check("executed", WIFEXITED(status) ? WEXITSTATUS(status) : -status, wanted);
}

static void spawn_fails(void)
{
    char *argv[] = {"none", 0};
    pid_t pid;
    check("posix_spawn of nothing", posix_spawn(&pid, "/nonexistent/program", 0, 0, argv, environ), ENOENT);
}

/* mov w0, #value; ret */
static void write_code(uint32_t *at, unsigned value)
{
#ifdef __aarch64__
    at[0] = 0x52800000 | (value & 0xffff) << 5;
    at[1] = 0xd65f03c0;
#else
    uint8_t code[] = {0xb8, value, value >> 8, 0, 0, 0xc3, 0, 0};
    memcpy(at, code, 8);
#endif
    __builtin___clear_cache((char *)at, (char *)(at + 2));
}

static void code(unsigned *r, uint32_t *page)
{
    for (int n = random_(r) % 20; n >= 0; n--) {
        unsigned value = random_(r) & 0xffff;
        uint32_t *at = page + (random_(r) % 64) * 16;
        write_code(at, value);
        check("written code", ((unsigned (*)(void))at)(), value);
    }
}

static void mapped_code(unsigned *r)
{
    uint32_t *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return;
    unsigned value = random_(r) & 0xffff;
    write_code(page, value);
    check("mprotect", mprotect(page, 4096, PROT_READ | PROT_EXEC), 0);
    check("mapped code", ((unsigned (*)(void))page)(), value);
    check("munmap", munmap(page, 4096), 0);
}

static void *thread_ends(void *argument)
{
    pthread_mutex_lock(&lock);
    plain++;
    pthread_mutex_unlock(&lock);
    atomic_fetch_add(&mutual, 1);
    return (void *)(2 * (intptr_t)argument);
}

static void threads(unsigned *r)
{
    pthread_t t;
    void *result;
    intptr_t argument = random_(r) & 0xffff;
    if (pthread_create(&t, 0, thread_ends, (void *)argument) != 0) return;
    check("pthread_join", pthread_join(t, &result), 0);
    check("thread's result", (intptr_t)result, 2 * argument);
}

static void talk(unsigned *r)
{
    int to[2], from[2], status;
    unsigned word = random_(r), answer = 0;
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) return;
    pid_t pid = fork();
    if (pid == 0) {
        unsigned heard;
        if (read(to[0], &heard, 4) != 4) _exit(1);
        heard = ~heard;
        _exit(write(from[1], &heard, 4) != 4);
    }
    if (pid > 0) {
        check("write", write(to[1], &word, 4), 4);
        long got;
        do got = read(from[0], &answer, 4);
        while (got < 0 && errno == EINTR);
        check("read", got, 4);
        check("answer", answer, ~word);
        check("waitpid", reap(pid, &status), pid);
        check("status", status, 0);
    }
    close(to[0]), close(to[1]), close(from[0]), close(from[1]);
}

static void queue(void)
{
    union sigval value = {.sival_int = 4711};
    if (sigqueue(getpid(), SIGRTMIN + 3, value) == 0) atomic_fetch_add(&queued, 1);
}

static void *work(void *argument)
{
    unsigned state = (unsigned)(uintptr_t)argument * 2654435761u | 1, *r = &state;
    uint32_t *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    while (now() < deadline) {
        switch (random_(r) % 12) {
        case 0: child_ends(r); break;
        case 1: child_executes(r, 0); break;
        case 2: child_executes(r, 1); break;
        case 3: case 4: code(r, page); break;
        case 5: mapped_code(r); break;
        case 6: case 7: threads(r); break;
        case 8: talk(r); break;
        case 9: case 10: queue(); break;
        case 11: spawn_fails(); break;
        }
        atomic_fetch_add(&done, 1);
    }
    munmap(page, 4096);
    return 0;
}

static int process(int threads, unsigned seed)
{
    struct sigaction action = {.sa_sigaction = on_queued, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGRTMIN + 3, &action, 0);
    pthread_t t[threads];
    for (int n = 0; n < threads; n++)
        if (pthread_create(&t[n], 0, work, (void *)(uintptr_t)(seed * 97 + n + 1)) != 0) fail("pthread_create", n, threads);
    for (int n = 0; n < threads; n++) pthread_join(t[n], 0);
    for (double end = now() + 20; atomic_load(&received) < atomic_load(&queued) && now() < end;) usleep(1000);
    check("queued signals", received, queued);
    check("counted under a lock", plain, mutual);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "exit") == 0) return atoi(argv[2]);
    if (argc < 5) return 2;
    deadline = now() + atof(argv[1]);
    int processes = atoi(argv[2]), threads = atoi(argv[3]);
    unsigned seed = atoi(argv[4]);
    pid_t pids[processes];
    for (int n = 0; n < processes; n++) {
        pids[n] = fork();
        if (pids[n] == 0) {
            int status = process(threads, seed + n * 1000);
            fprintf(stderr, "torture: process %d did %ld things\n", n, (long)done);
            _exit(status);
        }
    }
    int bad = 0;
    for (int n = 0; n < processes; n++) {
        int status;
        check("waitpid", reap(pids[n], &status), pids[n]);
        if (status != 0) {
            fprintf(stderr, "torture: process %d ended with status %x\n", n, status);
            bad++;
        }
    }
    printf("torture: %d of %d processes as they must be\n", processes - bad, processes);
    return bad != 0;
}
