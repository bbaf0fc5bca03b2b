# make -j2 of a project of N small C files, twice, and the program that comes of it.
rm -rf project
mkdir project
cd project
n=$1
objects=
i=0
while [ $i -lt $n ]; do
  i=$((i + 1))
  objects="$objects part$i.o"
  cat > part$i.c <<X
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "parts.h"
struct entry$i { struct entry$i *next; int key; char text[24]; };
static struct entry$i *table[64];
static unsigned hash(const char *s) { unsigned h = $i; while (*s) h = h * 31 + (unsigned char)*s++; return h; }
static void enter(const char *text, int key)
{
    struct entry$i *e = calloc(1, sizeof *e);
    e->key = key;
    strncpy(e->text, text, sizeof e->text - 1);
    e->next = table[hash(text) % 64];
    table[hash(text) % 64] = e;
}
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int part$i(int rounds)
{
    char text[32];
    int sums[64] = {0};
    for (int k = 0; k < rounds; k++) { snprintf(text, sizeof text, "%d-%x", k * $i, k); enter(text, k); }
    for (int k = 0; k < 64; k++) for (struct entry$i *e = table[k]; e; e = e->next) sums[k] += e->key ^ (int)strlen(e->text);
    qsort(sums, 64, sizeof *sums, compare);
    int s = 0;
    for (int k = 0; k < 64; k++) { switch (sums[k] % 7) { case 0: s += k; break; case 3: s ^= sums[k]; break; case 5: s -= 3; break; default: s = s * 3 + 1; } }
    return s & 0xffff;
}
X
  echo "int part$i(int);" >> parts.h
  echo "    printf(\"%d \", part$i(500));" >> calls
done
{ echo '#include <stdio.h>'; echo '#include "parts.h"'; echo 'int main(void) {'; cat calls; echo '    puts(""); return 0; }'; } > main.c
printf 'CFLAGS=-O2\nprogram: main.o%s\n\t$(CC) -o $@ $^\n%%.o: %%.c parts.h\n\t$(CC) $(CFLAGS) -c -o $@ $<\n' "$objects" > Makefile
make -s -j2 CC=gcc && ./program && make -s CC=gcc && echo again
cd ..
rm -r project
