/* What the programs of hot loops share: a timer whose handler looks at the exact state and now and then takes away the page that the loop loads from, and the
 * handler of the fault that follows. The program says what is right. */
#include <linux/mman.h>
#include "signal.h"

static volatile long seen, wrong, faults;
static char *page;

/* Counts in `wrong` what is not as it must be at c->pc. */
static void check(struct context *c);
/* The load that may fault. */
static u64 load_at(void);

static void tick(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info;
    check(c);
    if (seen % 3 == 0) sys(mprotect, page, 4096, PROT_NONE);
}

static void fault(int signal, struct info *info, struct context *c)
{
    (void)signal;
    wrong += c->pc != load_at() || info->address != (u64)page;
    check(c);
    faults++;
    sys(mprotect, page, 4096, PROT_READ | PROT_WRITE);
}

struct interval { long isec, iusec, sec, usec; };
static void every(long us)
{
    struct interval v = {0, us, 0, us};
    sys(setitimer, 0, &v, 0);
}
