/*
 * Runs random code and says what a signal handler sees when it ends: faults.test.ts compares the tiers by that.
 *
 *   faults FILE WORDS     FILE has cases of WORDS instructions each, the last one a BRK
 *
 * A line for each case: its number, the signal, the pc relative to the case, NZCV, FPSR, and a hash of registers, vectors and memory. Each case begins with registers,
 * flags, vectors and a window of memory that follow from its number; x28 is 12, x17 is 0, sp points into the window.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE ((uint32_t *)0x10000000)
#define WINDOW ((unsigned char *)0x40000000)
#define WINDOW_SIZE 4096
#define HANG_SECONDS 5

static sigjmp_buf ended;
static int signal_seen;
static struct {
  uint64_t x[31];
  uint64_t pc;
  uint64_t nzcv;
  __uint128_t v[32];
  uint32_t fpsr;
} seen;
/* Read by the assembly below. */
struct {
  uint64_t x[31];
  uint64_t pc;
  uint64_t nzcv;
  uint64_t sp;
} begin_state;
__uint128_t begin_vectors[32];

static void handler(int signal, siginfo_t *info, void *context) {
  const ucontext_t *at = context;
  const struct fpsimd_context *fp = (const void *)at->uc_mcontext.__reserved;
  (void)info;
  signal_seen = signal;
  memcpy(seen.x, at->uc_mcontext.regs, sizeof seen.x);
  seen.pc = at->uc_mcontext.pc;
  seen.nzcv = at->uc_mcontext.pstate >> 28;
  memcpy(seen.v, fp->vregs, sizeof seen.v);
  seen.fpsr = fp->fpsr;
  siglongjmp(ended, 1);
}

static uint64_t random_state;
static uint64_t next(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

static uint64_t hash(uint64_t h, const void *bytes, size_t count) {
  for (size_t n = 0; n < count; n++) h = (h ^ ((const unsigned char *)bytes)[n]) * 0x100000001b3;
  return h;
}

static void prepare(int number, uint64_t pc) {
  random_state = 0x9e3779b97f4a7c15 * (uint64_t)(number + 1);
  for (int n = 0; n < WINDOW_SIZE / 8; n++) ((uint64_t *)WINDOW)[n] = next();
  for (int n = 0; n < 31; n++) begin_state.x[n] = n % 3 ? (uint64_t)WINDOW + 16 * (next() % 200) : next();
  for (int n = 0; n < 32; n++) begin_vectors[n] = ((__uint128_t)next() << 64) | next();
  begin_state.x[28] = 12;
  begin_state.pc = pc;
  begin_state.nzcv = next() & 0xf0000000;
  begin_state.sp = (uint64_t)WINDOW + WINDOW_SIZE / 2;
}

/* Never comes back. */
static void run(void) {
  __asm__ volatile(
      "adrp x27, begin_vectors\n add x27, x27, :lo12:begin_vectors\n"
      "ld1 {v0.16b-v3.16b}, [x27], #64\n ld1 {v4.16b-v7.16b}, [x27], #64\n ld1 {v8.16b-v11.16b}, [x27], #64\n ld1 {v12.16b-v15.16b}, [x27], #64\n"
      "ld1 {v16.16b-v19.16b}, [x27], #64\n ld1 {v20.16b-v23.16b}, [x27], #64\n ld1 {v24.16b-v27.16b}, [x27], #64\n ld1 {v28.16b-v31.16b}, [x27]\n"
      "msr fpsr, xzr\n msr fpcr, xzr\n"
      "adrp x30, begin_state\n add x30, x30, :lo12:begin_state\n"
      "ldp x0, x1, [x30, #256]\n msr nzcv, x0\n mov sp, x1\n"
      "ldp x0, x1, [x30]\n ldp x2, x3, [x30, #16]\n ldp x4, x5, [x30, #32]\n ldp x6, x7, [x30, #48]\n ldp x8, x9, [x30, #64]\n ldp x10, x11, [x30, #80]\n"
      "ldp x12, x13, [x30, #96]\n ldp x14, x15, [x30, #112]\n ldp x18, x19, [x30, #144]\n ldp x20, x21, [x30, #160]\n ldp x22, x23, [x30, #176]\n"
      "ldp x24, x25, [x30, #192]\n ldp x26, x27, [x30, #208]\n ldp x28, x29, [x30, #224]\n ldr x16, [x30, #248]\n mov x17, xzr\n ldr x30, [x30, #240]\n"
      "br x16" ::: "memory");
}

int main(int argc, char **argv) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGALRM};
  static int number, words, cases;
  if (argc != 3) return 2;
  int fd = open(argv[1], O_RDONLY);
  off_t size = lseek(fd, 0, SEEK_END);
  words = atoi(argv[2]);
  cases = (int)(size / 4 / words);
  if (mmap(CODE, size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, 0) != CODE) return 2;
  if (mmap(WINDOW, WINDOW_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != WINDOW) return 2;
  stack_t stack = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  for (size_t n = 0; n < sizeof signals / sizeof *signals; n++) sigaction(signals[n], &action, NULL);
  for (number = 0; number < cases; number++) {
    uint64_t pc = (uint64_t)(CODE + number * words);
    prepare(number, pc);
    if (!sigsetjmp(ended, 1)) {
      alarm(HANG_SECONDS);
      run();
    }
    alarm(0);
    __asm__ volatile("msr fpcr, xzr");
    /* Where the code is differs from case to case, and x16 has it. */
    seen.x[16] = 0;
    uint64_t h = hash(hash(hash(0xcbf29ce484222325, seen.x, sizeof seen.x), seen.v, sizeof seen.v), WINDOW, WINDOW_SIZE);
    printf("%d: signal %d pc %lx nzcv %lx fpsr %x %016lx\n", number, signal_seen, (long)(seen.pc - (uint64_t)(CODE + number * words)), (long)seen.nzcv, seen.fpsr, (long)h);
    fflush(stdout);
  }
  return 0;
}
