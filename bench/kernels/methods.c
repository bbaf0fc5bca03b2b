/* calls 6000 250: objects of four kinds that call one another through tables of functions; indirect calls */
#include "kernel.h"
struct object;
struct methods { u64 (*area)(const struct object *); void (*grow)(struct object *, u64); };
struct object { const struct methods *methods; u64 a, b; };
static u64 square_area(const struct object *o) { return o->a * o->a; }
static u64 box_area(const struct object *o) { return o->a * o->b; }
static u64 line_area(const struct object *o) { return o->a; }
static u64 cross_area(const struct object *o) { return o->a * 2 + o->b * 2; }
static void grow_a(struct object *o, u64 n) { o->a += n; }
static void grow_b(struct object *o, u64 n) { o->b ^= n; }
static const struct methods kinds[4] = {{square_area, grow_a}, {box_area, grow_b}, {line_area, grow_a}, {cross_area, grow_b}};
static struct object objects[1000];
static u64 kernel(u64 rounds)
{
    u32 state = 5;
    u64 sum = 0;
    for (int i = 0; i < 1000; i++) objects[i] = (struct object){&kinds[random_next(&state) & 3], state & 15, state >> 28};
    while (rounds--)
        for (int k = 0; k < 40; k++)
            for (int i = 0; i < 1000; i++) {
                sum += objects[i].methods->area(&objects[i]);
                objects[i].methods->grow(&objects[i], sum & 3);
            }
    return sum;
}
