/* fp 75 3: the Mandelbrot set; dependent products and sums, comparisons */
#include "kernel.h"
static u64 kernel(u64 rounds)
{
    u64 sum = 0;
    while (rounds--)
        for (int r = 0; r < 256; r++)
            for (int c = 0; c < 256; c++) {
                double cx = c * 3.0 / 256 - 2.25, cy = (r - 128) * 2.5 / 256, x = 0, y = 0;
                int i = 0;
                for (; i < 500; i++) {
                    double xx = x * x, yy = y * y;
                    if (xx + yy > 4) break;
                    y = 2 * x * y + cy;
                    x = xx - yy + cx;
                }
                sum = sum * 3 + (u64)i;
            }
    return sum;
}
