import os, pty, sys, time, select, re
pid, fd = pty.fork()
if pid == 0:
    os.environ['PS1'] = 'READY> '; os.environ['TERM'] = 'dumb'
    os.execv('/bin/bash', ['bash', '--norc', '--noprofile', '-i'])
buf = b''
def until(what, limit=20):
    global buf
    end = time.time() + limit
    while what not in buf:
        left = end - time.time()
        if left <= 0: print('TIMEOUT waiting for', what, 'have', buf); sys.exit(1)
        r, _, _ = select.select([fd], [], [], left)
        if r:
            try: d = os.read(fd, 4096)
            except OSError: d = b''
            if not d: print('EOF, have', buf); sys.exit(1)
            buf += d
    at = buf.index(what) + len(what); got = buf[:at]; buf = buf[at:]
    return got
def send(s): os.write(fd, s.encode())
def cmd(s, what=None):
    send(s + '\n'); got = (until(what) if what else b'') + until(b'READY> '); print(re.sub(r'\b\d{3,}\b', 'N', got.decode().replace('\r', '')))
until(b'READY> ')
cmd('stty -echo')
cmd('echo hello')
send('sleep 100\n'); time.sleep(1.0); send('\x1a'); print(re.sub(r'\b\d{3,}\b', 'N', until(b'READY> ').decode().replace('\r','')))
cmd('jobs')
cmd('bg')
cmd('jobs')
send('fg\n'); time.sleep(0.7); send('\x03'); print(until(b'READY> ').decode().replace('\r',''))
cmd('jobs; echo none')
cmd('cat <<X | tr a-z A-Z\nhere $((6*7))\nX\necho done', b'done')
cmd('trap "echo usr1" USR1; kill -USR1 $$; echo after', b'after')
cmd('(sleep 0.2; exit 3) & wait $!; echo status $?', b'status 3')
cmd('set -o pipefail; false | true; echo pf $?', b'pf 1')
send('cat\n'); time.sleep(1.0); send('typed\n'); until(b'typed'); send('\x04'); until(b'READY> '); print('cat ended')
send('read -t 5 x; echo "got:$x"\n'); time.sleep(0.5); send('line\n'); until(b'got:line'); until(b'READY> '); print('read ok')
cmd('(for i in 1 2 3; do sleep 0.1 & done; wait); echo waited', b'waited')
send('trap "echo winch" WINCH\n'); until(b'READY> ')
import fcntl, termios, struct
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 100, 0, 0)); time.sleep(0.3)
cmd('stty size; true', b'40 100')
send('sleep 50 | sleep 60\n'); time.sleep(1); send('\x1c'); print(re.sub(r'\b\d{3,}\b', 'N', until(b'READY> ').decode().replace('\r','')))
send('exit 9\n')
_, st = os.waitpid(pid, 0); print('status', os.WEXITSTATUS(st))
