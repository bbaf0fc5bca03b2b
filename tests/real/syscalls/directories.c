/* A folder of ten thousand files is read, read again from places in the middle, and emptied while it is read. On ext4 those places are hashes of 64 bits. */
#include "t.h"
#include <dirent.h>

enum { FILES = 10000, PLACES = 3, APART = 3000 };

static int count(DIR *d)
{
    int n = 0;
    errno = 0;
    while (readdir(d)) n++;
    if (errno) printf("readdir: %s\n", strerrorname_np(errno));
    return n;
}

int main(void)
{
    char name[300], behind[PLACES][300];
    long at[PLACES];
    R(mkdir("many", 0755));
    R(chdir("many"));
    for (int n = 0; n < FILES; n++) {
        sprintf(name, "file-%d", n);
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    DIR *d = opendir(".");
    struct dirent *e;
    for (int n = 1; (e = readdir(d)); n++) {
        struct stat st;
        if (n % APART == 1 && n > 1) strcpy(behind[n / APART - 1], e->d_name);
        if (n % APART == 0) at[n / APART - 1] = telldir(d);
        if (n % 1000 == 0 && e->d_name[0] == 'f') R(stat(e->d_name, &st) == 0 && (ino_t)e->d_ino == st.st_ino);
    }
    for (int n = PLACES - 1; n >= 0; n--) {
        seekdir(d, at[n]);
        e = readdir(d);
        printf("%s\n", e && !strcmp(e->d_name, behind[n]) ? "there again" : "elsewhere");
    }
    rewinddir(d);
    R(count(d));
    rewinddir(d);
    int removed = 0;
    while ((e = readdir(d))) if (e->d_name[0] == 'f') removed += unlink(e->d_name) == 0;
    printf("removed %d\n", removed);
    rewinddir(d);
    R(count(d));
    return 0;
}
