/* fp 1500 60: a picture of spheres by rays in single precision; products, roots, comparisons, branches */
#include "kernel.h"
struct vector { float x, y, z; };
struct sphere { struct vector centre; float radius, shade; };
#define SPHERES 6
static const struct sphere spheres[SPHERES] = {
    {{0, 0, 6}, 1.5f, .9f}, {{2, 1, 8}, 1.25f, .7f}, {{-2, .5f, 5}, .75f, .8f}, {{.5f, -1.5f, 4}, .5f, .6f}, {{-1, 2, 9}, 2, .5f}, {{1.5f, -2, 7}, 1, .4f},
};
static inline struct vector minus(struct vector a, struct vector b) { return (struct vector){a.x - b.x, a.y - b.y, a.z - b.z}; }
static inline struct vector along(struct vector a, struct vector d, float t) { return (struct vector){a.x + d.x * t, a.y + d.y * t, a.z + d.z * t}; }
static inline float dot(struct vector a, struct vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static int hit(struct vector from, struct vector d, float *distance)
{
    int found = -1;
    for (int i = 0; i < SPHERES; i++) {
        struct vector to = minus(spheres[i].centre, from);
        float b = dot(to, d), r = spheres[i].radius, q = b * b - dot(to, to) + r * r;
        if (q < 0) continue;
        float t = b - __builtin_sqrtf(q);
        if (t > 0.001f && t < *distance) *distance = t, found = i;
    }
    return found;
}
static __attribute__((noinline)) float trace(struct vector from, struct vector d)
{
    float light = 0, weight = 1;
    for (int depth = 0; depth < 4; depth++) {
        float t = 1000;
        int i = hit(from, d, &t);
        if (i < 0) return light + weight * (0.5f + 0.5f * d.y);
        from = along(from, d, t);
        struct vector n = minus(from, spheres[i].centre);
        n = along((struct vector){0, 0, 0}, n, 1 / spheres[i].radius);
        light += weight * spheres[i].shade * (n.y > 0 ? n.y : 0);
        weight *= 0.5f;
        d = along(d, n, -2 * dot(d, n));
    }
    return light;
}
static u64 kernel(u64 rounds)
{
    double sum = 0;
    for (u64 k = 0; k < rounds; k++)
        for (int r = 0; r < 160; r++)
            for (int c = 0; c < 160; c++) {
                struct vector d = {(float)(c - 80) * 0.0125f, (float)(80 - r) * 0.0125f, 1};
                d = along((struct vector){0, 0, 0}, d, 1 / __builtin_sqrtf(dot(d, d)));
                sum += trace((struct vector){(float)(k & 15) * 0.01f, 0, 0}, d);
            }
    return double_bits(sum);
}
