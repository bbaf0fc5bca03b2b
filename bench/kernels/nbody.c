/* fp 22500 900: the planets' orbits; double-precision products, sums, roots and divisions */
#include "kernel.h"
struct body { double x, y, z, vx, vy, vz, m; };
static struct body bodies[5] = {
    {0, 0, 0, 0, 0, 0, 39.47841760435743},
    {4.84143144246472090, -1.16032004402742839, -.103622044471123109, .606326392995832, 2.81198684491626, -.02521836165988763, .037693674870389486},
    {8.34336671824457987, 4.12479856412430479, -.403523417114321381, -1.010774346178792, 1.82566237123041, .008415761376584154, .011286326131968767},
    {12.8943695621391310, -15.1111514016986312, -.223307578892655734, 1.08279100644153, .868713018169608, -.010832637401363636, .0017237240570597112},
    {15.3796971148509165, -25.9193146099879641, .179258772950371181, .979090732243898, .594698998647676, -.034755955550407834, .0020336868699246304},
};
static u64 kernel(u64 rounds)
{
    for (u64 i = 0; i < rounds * 1000; i++) {
        for (int a = 0; a < 5; a++)
            for (int b = a + 1; b < 5; b++) {
                struct body *p = &bodies[a], *q = &bodies[b];
                double dx = p->x - q->x, dy = p->y - q->y, dz = p->z - q->z, d2 = dx * dx + dy * dy + dz * dz;
                double mag = 0.01 / (d2 * __builtin_sqrt(d2));
                p->vx -= dx * q->m * mag, p->vy -= dy * q->m * mag, p->vz -= dz * q->m * mag;
                q->vx += dx * p->m * mag, q->vy += dy * p->m * mag, q->vz += dz * p->m * mag;
            }
        for (int a = 0; a < 5; a++) bodies[a].x += 0.01 * bodies[a].vx, bodies[a].y += 0.01 * bodies[a].vy, bodies[a].z += 0.01 * bodies[a].vz;
    }
    return double_bits(bodies[0].x) ^ double_bits(bodies[3].vy);
}
