"""Drives an interactive bash, its command line as arguments, at a pseudo-terminal: job control as a user has it. Prints what the terminal showed."""
import os
import pty
import re
import select
import sys
import time

PROMPT = rb'\$ $'
RESULT = rb'rc=\d+\r\n\$ $'
STOPPED = rb'Stopped[^\n]*\n\$ $'
TIMEOUT = 30

# (keys, what is waited for behind them); a number: seconds to wait.
STEPS = [
    ('sleep 100\n', rb'100\r\n'), 0.5, ('\x03', PROMPT), ('echo rc=$?\n', RESULT),
    ('sleep 100\n', rb'100\r\n'), 0.5, ('\x1a', STOPPED), ('echo rc=$?\n', RESULT),
    ('jobs\n', PROMPT), ('bg\n', PROMPT), ('jobs\n', PROMPT), ('fg\n', rb'sleep 100[^\n]*\n'), 0.3, ('\x03', PROMPT), ('echo rc=$?\n', RESULT),
    ('sleep 100 &\n', PROMPT), ('jobs\n', PROMPT), ('kill %1; wait %1; echo rc=$?\n', RESULT), ('jobs\n', PROMPT),
    ('cat | cat\n', rb'cat \| cat\r\n'), 0.8, ('hello\n', rb'hello\r\nhello\r\n'), 0.2, ('\x03', PROMPT), ('echo rc=$?\n', RESULT),
    ('cat | cat\n', rb'cat \| cat\r\n'), 0.4, ('\x1a', STOPPED), ('fg\n', rb'cat \| cat[^\n]*\n'), 0.8, ('again\n', rb'again\r\nagain\r\n'), ('\x04', PROMPT), ('echo rc=$?\n', RESULT),
    ('sleep 1 | sleep 100\n', rb'100\r\n'), 0.4, ('\x1c', PROMPT), ('echo rc=$?\n', RESULT),
    ('cat & sleep 2\n', PROMPT), ('jobs\n', PROMPT), ('kill -9 %1; sleep 1; echo rc=$?\n', RESULT),
    ("trap 'echo trapped' INT\n", PROMPT), ('sleep 100\n', rb'100\r\n'), 0.5, ('\x03', PROMPT), ('kill -INT $$\n', PROMPT), ('trap - INT\n', PROMPT),
    ('read x\n', rb'read x\r\n'), 0.4, ('\x03', PROMPT), ('echo rc=$?\n', RESULT),
    ('for i in 1 2 3; do sleep 50; done\n', rb'done\r\n'), 0.5, ('\x03', PROMPT), ('echo rc=$?\n', RESULT),
    ('for i in 1 2 3 4 5; do (exit $i); done; echo rc=$?\n', RESULT),
    ('exit 3\n', None),
]


def main():
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(PS1='$ ', TERM='dumb', HISTFILE='', LC_ALL='C')
        os.execvp(sys.argv[1], sys.argv[1:])
    shown = [b'']
    unread = [b'']

    def until(pattern):
        end = time.time() + TIMEOUT
        while time.time() < end:
            found = pattern and re.search(pattern, unread[0], re.S)
            if found:
                break
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    data = os.read(terminal, 65536)
                except OSError:
                    break
                if not data:
                    break
                unread[0] += data
        else:
            unread[0] += b'<nothing more came>'
        shown[0] += unread[0]
        unread[0] = b''

    until(PROMPT)
    for step in STEPS:
        if isinstance(step, float):
            time.sleep(step)
            continue
        os.write(terminal, step[0].encode())
        until(step[1])
    _, status = os.waitpid(pid, 0)
    text = shown[0].decode('latin1').replace('\r', '')
    # When bash tells of a job that was killed is a matter of moments.
    text = re.sub(r'\n+\[\d+\][-+ ] +(Terminated|Killed)[^\n]*(?=\n)', '', text)
    print(re.sub(r'\[(\d+)\] \d{2,}', r'[\1] PID', text))
    print('status', status >> 8 if os.WIFEXITED(status) else -os.WTERMSIG(status))


main()
