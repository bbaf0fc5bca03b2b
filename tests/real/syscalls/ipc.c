/* System V and POSIX IPC between processes. */
#include "t.h"
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

union semun { int val; struct semid_ds *buf; unsigned short *array; struct seminfo *info; };
static volatile int got, value, code;
static void on_signal(int n, siginfo_t *i, void *c) { got = n; value = i->si_value.sival_int; code = i->si_code; }
static volatile int threaded;
static void on_thread(union sigval v) { threaded = v.sival_int; }

int main(void)
{
    union semun u;
    struct semid_ds ds;
    int sem = semget(IPC_PRIVATE, 3, 0600 | IPC_CREAT);
    OK(sem);
    u.array = (unsigned short[]){1, 2, 3};
    R(semctl(sem, 0, SETALL, u));
    unsigned short all[3];
    u.array = all;
    R(semctl(sem, 0, GETALL, u));
    printf("%d %d %d\n", all[0], all[1], all[2]);
    u.val = 7;
    R(semctl(sem, 1, SETVAL, u));
    R(semctl(sem, 1, GETVAL, u));
    u.buf = &ds;
    R(semctl(sem, 0, IPC_STAT, u));
    printf("mode %o nsems %lu uid %d otime %d ctime %d\n", ds.sem_perm.mode, ds.sem_nsems, ds.sem_perm.uid == getuid(), ds.sem_otime != 0, time(0) - ds.sem_ctime < 5);
    ds.sem_perm.mode = 0640;
    R(semctl(sem, 0, IPC_SET, u));
    R(semctl(sem, 0, IPC_STAT, u));
    printf("mode %o\n", ds.sem_perm.mode);
    struct sembuf op[2] = {{0, -1, 0}, {1, 2, SEM_UNDO}};
    R(semop(sem, op, 2));
    R(semctl(sem, 1, GETVAL, u));
    struct sembuf nowait = {0, -1, IPC_NOWAIT}, dec = {0, -1, 0}, inc = {0, 1, 0}, undo = {2, 5, SEM_UNDO};
    R(semop(sem, &nowait, 1));
    R(semtimedop(sem, &dec, 1, &((struct timespec){0, 20000000})));
    pid_t c = CHILD(int r = semop(sem, &dec, 1); ms(60); R(r));
    ms(60);
    R(semctl(sem, 0, GETNCNT, u));
    R(semop(sem, &inc, 1));
    expect_child("semop", c);
    printf("pid %d\n", semctl(sem, 0, GETPID, u) == c);
    c = CHILD(R(semop(sem, &undo, 1)); R(semctl(sem, 2, GETVAL, u)));
    expect_child("undo", c);
    R(semctl(sem, 2, GETVAL, u));
    c = CHILD(int r = semop(sem, &dec, 1), e = errno; ms(60); printf("removed: %d %s\n", r, strerrorname_np(e)));
    ms(60);
    R(semctl(sem, 0, IPC_RMID, u));
    expect_child("removed", c);
    R(semop(sem, &inc, 1));
    struct seminfo si;
    u.info = &si;
    R(semctl(0, 0, IPC_INFO, u) >= 0);

    int shm = shmget(IPC_PRIVATE, 10000, 0600 | IPC_CREAT);
    char *m = shmat(shm, 0, 0);
    strcpy(m, "shared");
    c = CHILD(puts(m); strcpy(m + 5000, "from the child"); char *again = shmat(shm, 0, SHM_RDONLY); puts(again); R(shmdt(again)));
    expect_child("shm", c);
    puts(m + 5000);
    struct shmid_ds sd;
    R(shmctl(shm, IPC_STAT, &sd));
    printf("size %zu nattch %lu cpid %d lpid %d mode %o\n", sd.shm_segsz, sd.shm_nattch, sd.shm_cpid == getpid(), sd.shm_lpid == c, sd.shm_perm.mode);
    R(shmctl(shm, IPC_RMID, 0));
    R(shmdt(m));
    R((long)shmat(shm, 0, 0));

    int q = msgget(IPC_PRIVATE, 0600 | IPC_CREAT);
    struct { long type; char text[50]; } msg = {3, "hello"};
    R(msgsnd(q, &msg, 6, 0));
    msg.type = 5;
    strcpy(msg.text, "five");
    R(msgsnd(q, &msg, 5, 0));
    R(msgrcv(q, &msg, 50, 5, 0));
    printf("%ld %s\n", msg.type, msg.text);
    R(msgrcv(q, &msg, 3, 0, 0));
    R(msgrcv(q, &msg, 3, 0, MSG_NOERROR));
    R(msgrcv(q, &msg, 50, 0, IPC_NOWAIT));
    c = CHILD(int r = msgrcv(q, &msg, 50, -9, 0); ms(60); R(r); printf("%ld %s\n", msg.type, msg.text));
    ms(60);
    msg.type = 9;
    strcpy(msg.text, "nine");
    R(msgsnd(q, &msg, 5, 0));
    expect_child("msg", c);
    struct msqid_ds qd;
    R(msgctl(q, IPC_STAT, &qd));
    printf("qnum %lu lspid %d lrpid %d mode %o\n", qd.msg_qnum, qd.msg_lspid == getpid(), qd.msg_lrpid == c, qd.msg_perm.mode);
    R(msgctl(q, IPC_RMID, 0));
    R(msgsnd(q, &msg, 5, 0));

    char name[50];
    sprintf(name, "/demotic-test-%d", getpid());
    struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 64};
    mqd_t mq = mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attr);
    OK(mq);
    struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    sa.sa_flags |= SA_RESTART;
    sigaction(SIGRTMIN, &sa, 0);
    struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 77};
    R(mq_notify(mq, &ev));
    R(mq_notify(mq, &ev));
    c = CHILD(mqd_t o = mq_open(name, O_WRONLY); R(mq_send(o, "one", 4, 1)); R(mq_send(o, "two", 4, 9)));
    expect_child("sender", c);
    printf("notified %d value %d code %d\n", got == SIGRTMIN, value, code);
    char buf[64];
    unsigned prio;
    R(mq_receive(mq, buf, 64, &prio));
    printf("%s %u\n", buf, prio);
    R(mq_receive(mq, buf, 10, &prio));
    R(mq_receive(mq, buf, 64, &prio));
    R(mq_receive(mq, buf, 64, &prio));
    ev = (struct sigevent){.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_thread, .sigev_value.sival_int = 5};
    R(mq_notify(mq, &ev));
    R(mq_send(mq, "x", 2, 0));
    for (int n = 0; n < 200 && !threaded; n++) ms(5);
    printf("thread %d\n", threaded);
    R(mq_getattr(mq, &attr));
    printf("%ld %ld %ld %lx\n", attr.mq_maxmsg, attr.mq_msgsize, attr.mq_curmsgs, attr.mq_flags);
    for (int n = 0; n < 3; n++) mq_send(mq, "f", 2, 0);
    R(mq_send(mq, "f", 2, 0));
    attr.mq_flags = 0;
    R(mq_setattr(mq, &attr, 0));
    R(mq_timedsend(mq, "f", 2, 0, &((struct timespec){1, 0})));
    R(mq_send(mq, buf, 65, 0));
    R(mq_unlink(name));
    R(mq_open(name, O_RDWR));
    return 0;
}
