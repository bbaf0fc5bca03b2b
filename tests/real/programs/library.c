/* The C library's everyday functions: printf and scanf of everything, conversions, sorting, strings at all alignments, time, memory. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

static uint32_t state = 1;
static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}
static uint64_t hash = 14695981039346656037u;
static void mix(uint64_t v) { hash = (hash ^ v) * 1099511628211u; }
static void show(const char *what)
{
    printf("%-12s %016" PRIx64 "\n", what, hash);
}

static int by_value(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static void formats(void)
{
    static const double values[] = {0, -0.0, 1, 1.0 / 3, 2.5, 1e-5, 123456789.123, 1e22, 1e23, 5e-324, 1.7976931348623157e308, -9.995, 0.0001, 99999.95};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        printf("%f %.0f %e %g %a %.17g %10.2f|%-12.3e|%+.1f|%#g\n", values[i], values[i], values[i], values[i], values[i], values[i], values[i], values[i], values[i], values[i]);
    printf("%f %F %e %5.1f %g\n", INFINITY, -INFINITY, NAN, INFINITY, -INFINITY);
    printf("%d %5d|%-5d|%05d %+d %x %#X %o %u %hhd %hd %ld %lld %zu %jd %c %%|%10.3s|%-6s|\n", INT_MIN, 42, 42, 42, 42, 255u, 255u, 8u, UINT_MAX, (signed char)300, (short)70000, LONG_MIN, LLONG_MAX, (size_t)-1, INTMAX_MIN, 'c', "string", "ab");
    char buffer[40];
    int n = snprintf(buffer, 10, "%s-%d", "truncated", 12345);
    printf("%d %s\n", n, buffer);
    int a, b;
    double d;
    char word[20];
    n = sscanf(" 12 0x1f 3.5e2 word, rest", "%d %i %lf %19[a-z]", &a, &b, &d, word);
    printf("%d %d %d %g %s\n", n, a, b, d, word);
}

static void conversions(void)
{
    static const char *const texts[] = {"0", "-1", "1e400", "-1e400", "1e-400", "0x1.8p3", "infinity", "nan", "123456789012345678901234567890", "  42abc", "0.1", "2.2250738585072011e-308", "9007199254740993", "abc", "", "1e23", "179769313486231580793728971405301e276"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *end;
        errno = 0;
        double d = strtod(texts[i], &end);
        printf("%s: %.17g %d rest '%s'; ", texts[i], d, errno, end);
        errno = 0;
        long l = strtol(texts[i], &end, 0);
        printf("%ld %d; ", l, errno);
        errno = 0;
        unsigned long u = strtoul(texts[i], &end, 16);
        printf("%lu %d; ", u, errno);
        printf("%.9g\n", (double)strtof(texts[i], &end));
    }
    for (int i = 0; i < 20000; i++) {
        union { uint64_t u; double d; } v = {(uint64_t)next() << 32 | next()}, w;
        if (v.d != v.d || v.d - v.d != 0) continue;
        char text[64];
        sprintf(text, "%.17g", v.d);
        w.d = strtod(text, NULL);
        if (w.u != v.u) printf("round trip of %s\n", text);
        for (const char *c = text; *c; c++) mix((uint64_t)*c);
        sprintf(text, "%.6e %.3f", v.d, fmod(v.d, 1e6));
        for (const char *c = text; *c; c++) mix((uint64_t)*c);
    }
    show("conversions");
}

static void strings(void)
{
    static char page[3 * 4096], other[3 * 4096];
    for (int round = 0; round < 6000; round++) {
        size_t from = next() % 200, to = next() % 200, n = next() % (round % 10 == 0 ? 5000 : 130);
        for (size_t i = 0; i < n; i++) page[from + i] = (char)('a' + next() % 7);
        page[from + n] = 0;
        memcpy(other + to, page + from, n + 1);
        mix(strlen(page + from));
        mix((uint64_t)(memcmp(page + from, other + to, n) == 0));
        mix((uint64_t)(strcmp(page + from, other + to) == 0));
        if (n > 3) {
            other[to + n / 2] ^= 1;
            mix((uint64_t)(strcmp(page + from, other + to) > 0));
            mix((uint64_t)(memcmp(page + from, other + to, n) > 0));
            mix((uint64_t)(strncmp(page + from, other + to, n / 2) == 0));
        }
        const char *c = strchr(page + from, 'c'), *r = strrchr(page + from, 'd'), *m = memchr(page + from, 'e', n), *s = strstr(page + from, "abc");
        mix(c ? (uint64_t)(c - page) : 1);
        mix(r ? (uint64_t)(r - page) : 2);
        mix(m ? (uint64_t)(m - page) : 3);
        mix(s ? (uint64_t)(s - page) : 4);
        mix(strspn(page + from, "abc") * 100 + strcspn(page + from, "fg"));
        memmove(page + from + 3, page + from, n);
        memset(other + to, (int)n, n / 3);
        for (size_t i = 0; i < n; i += 13) mix((uint64_t)page[from + i] * 256 + (uint64_t)other[to + i]);
        strncpy(other, page + from, 40);
        strncat(other, "tail", 10);
        mix(strnlen(other, 44));
    }
    show("strings");
    char line[] = "one,two;;three four";
    for (char *save, *t = strtok_r(line, ",; ", &save); t; t = strtok_r(NULL, ",; ", &save)) printf("[%s]", t);
    wchar_t wide[32];
    size_t converted = mbstowcs(wide, "plain", 32);
    printf(" %zu %d\n", converted, wcscmp(wide, L"plain"));
}

static void memory(void)
{
    enum { N = 400 };
    static unsigned char *blocks[N];
    static size_t sizes[N];
    for (int round = 0; round < 60000; round++) {
        unsigned i = next() % N;
        size_t size = next() % (round % 50 == 0 ? 300000 : 900);
        if (blocks[i] && next() % 3 == 0) {
            blocks[i] = realloc(blocks[i], size + 1);
            if (size < sizes[i]) sizes[i] = size;
        } else {
            if (blocks[i]) mix(sizes[i] ? blocks[i][sizes[i] - 1] : 0);
            free(blocks[i]);
            blocks[i] = next() % 4 ? malloc(size + 1) : calloc(size + 1, 1);
            sizes[i] = size;
            for (size_t k = 0; k < size; k++) blocks[i][k] = (unsigned char)(i + k);
            if (size) blocks[i][size - 1] = (unsigned char)i;
        }
    }
    show("memory");
}

static void rest(void)
{
    enum { N = 30000 };
    int *list = malloc(N * sizeof *list);
    for (int i = 0; i < N; i++) list[i] = (int)next() % 100000;
    qsort(list, N, sizeof *list, by_value);
    int key = list[N / 3];
    int *found = bsearch(&key, list, N, sizeof *list, by_value);
    printf("%d %d %d %d\n", list[0], list[N / 2], list[N - 1], *found == key);
    free(list);
    time_t when = 1709210096;
    struct tm tm;
    char text[80];
    gmtime_r(&when, &tm);
    strftime(text, sizeof text, "%A %d %B %Y %H:%M:%S %j %U %y %p %e", &tm);
    printf("%s %ld\n", text, (long)timegm(&tm));
    srand(7);
    int first = rand();
    printf("%d %d %ld %.10f\n", first, rand() % 100, labs(-5L), drand48());
    div_t q = div(-17, 5);
    printf("%d %d %d %d\n", q.quot, q.rem, isalpha('x') != 0, toupper('q'));
    printf("%.17g %.17g %.17g %.17g %.17g %ld %.17g\n", sqrt(2), floor(-2.5), nearbyint(3.5), fma(1.0 / 3, 3, -1), ldexp(1.5, 100), lround(-2.5), remainder(10, 3.7));
    int exponent;
    double whole, part = modf(-3.75, &whole), fraction = frexp(1000, &exponent);
    printf("%g %g %g %d %g %g %g\n", whole, part, fraction, exponent, nextafter(1, 2) - 1, hypot(3, 4), cbrt(27));
    setenv("DEMO", "value", 1);
    printf("%s %s\n", getenv("DEMO"), getenv("NOT_THERE") ? "there" : "none");
    FILE *f = tmpfile();
    for (int i = 0; i < 1000; i++) fprintf(f, "%d line %x\n", i, i * i);
    rewind(f);
    int lines = 0, number, square;
    while (fscanf(f, "%d line %x\n", &number, (unsigned *)&square) == 2) lines += square == number * number;
    fseek(f, -10, SEEK_END);
    char end[20] = {0};
    size_t got = fread(end, 1, 19, f);
    printf("%d %zu %s", lines, got, end);
    fclose(f);
    perror("no error");
    printf("%s|%s\n", strerror(ENOENT), strerror(EAGAIN));
}

int main(void)
{
    formats();
    conversions();
    strings();
    memory();
    rest();
    return 42;
}
