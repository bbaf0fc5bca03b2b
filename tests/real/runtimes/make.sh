rm -rf project; mkdir project; cd project
for i in 1 2 3 4 5 6 7 8; do cat > f$i.c <<X
#include <stdio.h>
#include <string.h>
int f$i(int n) { int s = 0; char b[64]; for (int i = 0; i < n; i++) { snprintf(b, sizeof b, "%d:%d", i, s); s = (s * 31 + (int)strlen(b) + i * $i) & 0xffffff; } return s; }
X
done
cat > main.c <<X
#include <stdio.h>
#include <pthread.h>
int f1(int), f2(int), f3(int), f4(int), f5(int), f6(int), f7(int), f8(int);
static int r[8]; static int (*fs[8])(int) = {f1, f2, f3, f4, f5, f6, f7, f8};
static void *run(void *a) { long i = (long)a; r[i] = fs[i](1000); return 0; }
int main(void) { pthread_t t[8]; for (long i = 0; i < 8; i++) pthread_create(t + i, 0, run, (void *)i); for (int i = 0; i < 8; i++) pthread_join(t[i], 0); for (int i = 0; i < 8; i++) printf("%d ", r[i]); puts(""); }
X
printf 'CC=gcc\nCFLAGS=-O2 -Wall\nOBJS=main.o f1.o f2.o f3.o f4.o f5.o f6.o f7.o f8.o\nprog: $(OBJS)\n\t$(CC) -o $@ $(OBJS) -lpthread\n' > Makefile
make -s -j4 && ./prog && make -s -j4 && echo again
cd ..

# A project with a configure script, a static and a shared library, and programs that test both.
rm -rf zlib*; busybox tar xjf project.tar.bz2; cd zlib*
./configure > configure.log 2>&1; echo "configured $?"; tail -n 1 configure.log
make -s -j4 > make.log 2>&1; echo "made $?"; grep -c warning make.log
make -s test
./minigzip < ../noise.bin | ./minigzipsh -d | cmp - ../noise.bin && echo equal
make -s -j4 clean; CFLAGS='-O3 -g -flto' ./configure --static > configure.log 2>&1; make -s -j4 minigzip > make.log 2>&1; ./minigzip -9 < ../noise.bin | md5sum
