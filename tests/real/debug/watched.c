#include <stdio.h>
#include <unistd.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sys/syscall.h>
#include <string.h>
static char line[64];
static char *where = line;
long long big;
void fill(int fd) { read(fd, where, 8); }
int main(void)
{
    int p[2]; pipe(p);
    write(p[1], "abcdefgh", 8);
    fill(p[0]);
    for (int i = 0; i < 2000; i++) { big += i; if (i == 1500) line[3] = 'x'; }
    memcpy(line + 20, "hello", 5);
    printf("%s %lld\n", line, big);
    return 0;
}
