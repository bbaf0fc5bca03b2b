#!/bin/sh
# Rebuilds every committed guest binary from its source: guest-programs/, the executor of tests/diff and tests/guest/.
# Needs Debian's gcc-aarch64-linux-gnu. Names may follow; then only matching tests/guest programs are built.
set -eu
cd "$(dirname "$0")/../.."
cc=aarch64-linux-gnu-gcc
small='-nostdlib -static -s -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noseparate-code'
free='-fno-math-errno -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -fno-pic -fno-pie -no-pie -Iguest-programs/lib -Wall -Wextra'

if [ $# = 0 ]; then
  $cc $small -o guest-programs/hello guest-programs/hello.S
  $cc $small $free -Os -o guest-programs/tour guest-programs/tour.c
  $cc $small -march=armv8-a -Wl,-Ttext-segment=0x40000000 -o tests/diff/executor/executor tests/diff/executor/executor.S
fi
