/* For tests/other-guest.test.ts: ../execute.h. */
#define MACHINE "arm"
#include "../execute.h"
