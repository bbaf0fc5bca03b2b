/* The atomic operations of atomics.c, by the LSE instructions.
 * levels: O0 O2
 * flags: -march=armv8.1-a
 * portable */
#include "atomics.c"
