"""tar, xz, ssh-keygen and rsync connected by socket pairs instead of pipes."""
import hashlib
import os
import shutil
import socket
import subprocess


def chain(*commands, given=b''):
    """The output of commands each of which reads from a socket what the one before writes into the other; then their exit codes."""
    feed, source = socket.socketpair()
    running = []
    for command in commands:
        target, sink = socket.socketpair()
        running.append(subprocess.Popen(command, stdin=source, stdout=sink, stderr=subprocess.DEVNULL))
        source.close()
        sink.close()
        source = target
    writer = os.fork()
    if writer == 0:
        source.close()
        try:
            feed.sendall(given)
        except OSError:
            pass
        os._exit(0)
    feed.close()
    output = b''
    while data := source.recv(65536):
        output += data
    os.waitpid(writer, 0)
    return output, [process.wait() for process in running]


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(command[0], done.returncode, done.stdout.decode().strip())


def tree(folder):
    total = hashlib.sha256()
    for path, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            full = os.path.join(path, name)
            is_link = os.path.islink(full)
            total.update(f'{os.path.relpath(full, folder)} {os.lstat(full).st_mode:o} {0 if is_link else int(os.lstat(full).st_mtime)}'.encode())
            total.update(os.readlink(full).encode() if is_link else open(full, 'rb').read())
    return total.hexdigest()[:16]


# rsync finds its folders from the root on, name by name: below -L that must be the tree's own root.
if os.getuid() == 0:
    work = os.path.basename(os.getcwd())
    os.chroot('/')
    os.chdir(f'/{work}')
for name in ('from', 'to', 'remote', 'keys', 'unpacked'):
    shutil.rmtree(name, ignore_errors=True)
noise = open('noise.bin', 'rb').read()
for n in range(300):
    os.makedirs(f'from/d{n % 17}', exist_ok=True)
    with open(f'from/d{n % 17}/f{n}', 'wb') as f:
        f.write(noise[n * 100:n * 100 + n * n % 5000] + b'text ' * (n % 300))
    os.utime(f'from/d{n % 17}/f{n}', (1700000000 + n, 1700000000 + n))
os.symlink('d1/f1', 'from/link')
with open('from/big', 'wb') as f:
    f.write(noise * 10)
os.utime('from/big', (1700000000, 1700000000))
print('from', tree('from'))

# tar | xz | xz -d | tar
packed, codes = chain(['tar', '--sort=name', '--owner=0', '--group=0', '--mtime=2024-01-01', '-cf', '-', 'from'], ['xz', '-T2', '-1', '-c'])
print('packed', codes, hashlib.sha256(packed).hexdigest()[:16])
listed, codes = chain(['xz', '-dc'], ['tar', '-tf', '-'], given=packed)
print('listed', codes, len(listed.splitlines()))
os.mkdir('unpacked')
_, codes = chain(['xz', '-dc'], ['tar', '-C', 'unpacked', '-xf', '-'], given=packed)
print('unpacked', codes, subprocess.run(['diff', '-r', 'from', 'unpacked/from']).returncode)

# ssh-keygen: keys, and a signature of what comes by a socket
os.mkdir('keys')
for kind, bits in (('ed25519', '256'), ('ecdsa', '384'), ('rsa', '2048')):
    key = f'keys/{kind}'
    run('ssh-keygen', '-q', '-t', kind, '-b', bits, '-N', 'secret', '-C', 'comment', '-f', key)
    run('ssh-keygen', '-q', '-p', '-P', 'secret', '-N', '', '-f', key)
    public = subprocess.run(['ssh-keygen', '-y', '-f', key], stdout=subprocess.PIPE).stdout
    print(kind, public == open(f'{key}.pub', 'rb').read(), public.split()[0].decode())
    with open('keys/allowed', 'wb') as f:
        f.write(b'someone ' + public)
    signature, codes = chain(['ssh-keygen', '-q', '-Y', 'sign', '-f', key, '-n', 'file'], given=packed)
    with open('keys/signature', 'wb') as f:
        f.write(signature)
    verify = ['ssh-keygen', '-q', '-Y', 'verify', '-f', 'keys/allowed', '-I', 'someone', '-n', 'file', '-s', 'keys/signature']
    print('signed', codes, chain(verify, given=packed)[1], chain(verify, given=packed[1:])[1])

# rsync speaks with its other half over a socket pair, a local one or what a remote shell starts
with open('shell', 'w') as f:
    f.write('#!/bin/sh\nshift\nexec "$@"\n')
os.chmod('shell', 0o755)
run('rsync', '-a', '--out-format=%n', 'from/d3', 'to/')
run('rsync', '-a', 'from/', 'to')
print('to', tree('from') == tree('to'))
run('rsync', '-az', '-e', './shell', 'from/', f'host:{os.getcwd()}/remote')
print('remote', tree('from') == tree('remote'))
with open('from/big', 'r+b') as f:
    f.seek(1234567)
    f.write(b'changed')
os.utime('from/big', (1700000001, 1700000001))
os.remove('from/d1/f1')
os.rename('from/d2/f2', 'from/d2/renamed')
for target in ('to', f'host:{os.getcwd()}/remote'):
    run('rsync', '-ai', '--omit-dir-times', '--delete', '--checksum', '-e', './shell', 'from/', target)
print(tree('from') == tree('to') == tree('remote'), tree('to'))
run('rsync', '-a', '-e', './shell', f'host:{os.getcwd()}/remote/', 'back')
print(tree('back') == tree('remote'))
run('rsync', '-a', '-e', './shell', 'nothing', f'host:{os.getcwd()}/remote')
