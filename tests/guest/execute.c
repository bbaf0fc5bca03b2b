/* For tests/other-guest.test.ts: execute.h.
 * levels: O1 */
#define MACHINE "aarch64"
#include "execute.h"
