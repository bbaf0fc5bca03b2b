#!/bin/sh
# Rebuilds every committed guest binary from its source: guest-programs/, the executor of tests/diff and tests/guest/, those for 32-bit ARM in tests/guest/arm/.
# Needs Debian's gcc-aarch64-linux-gnu, gcc-arm-linux-gnueabihf and gcc-arm-linux-gnueabi. Names may follow; then only matching tests/guest programs are built.
set -eu
cd "$(dirname "$0")/../.."
cc=aarch64-linux-gnu-gcc
small='-nostdlib -static -s -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noseparate-code'
free='-fno-math-errno -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -fno-pic -fno-pie -no-pie -Iguest-programs/lib -Wall -Wextra -Wno-type-limits -Wno-infinite-recursion -Wno-unused-function'

if [ $# = 0 ]; then
  $cc $small -o guest-programs/hello guest-programs/hello.S
  $cc $small $free -Os -o guest-programs/tour guest-programs/tour.c
  $cc $small -march=armv8-a -Wl,-Ttext-segment=0x40000000 -o tests/diff/executor/executor tests/diff/executor/executor.S
  arm-linux-gnueabihf-gcc $small -marm -march=armv7-a -mfpu=neon -Wl,-Ttext-segment=0x40000000 -o tests/diff/arm/executor tests/diff/arm/executor.S
fi

# tests/guest: the head of each source says `levels:` (default O2) and `flags:`.
head_of() { sed -n "s|^[ /*]*$2: *\(.*[^ */]\)[ */]*\$|\1|p" "$1" | head -1; }
mkdir -p tests/guest/bin
for source in tests/guest/*.c tests/guest/*.S; do
  [ -e "$source" ] || continue
  name=$(basename "${source%.*}")
  [ $# = 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
  levels=$(head_of "$source" levels)
  flags=$(head_of "$source" flags)
  for level in ${levels:-O2}; do
    case $source in
      *.S) options= ;;
      *) options="$free -$level -fno-strict-aliasing -fwrapv -Itests/guest" ;;
    esac
    $cc $small $options $flags -o "tests/guest/bin/$name.$level" "$source"
  done
done

# tests/guest/arm: each in A32 and in Thumb.
mkdir -p tests/guest/arm/bin
for source in tests/guest/arm/*.c; do
  name=$(basename "${source%.*}")
  [ $# = 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
  arm_cc='arm-linux-gnueabihf-gcc -march=armv7-a+neon-vfpv4 -mfloat-abi=hard'
  ! grep -q '^[ /*]*old[ */]*$' "$source" || arm_cc='arm-linux-gnueabi-gcc -march=armv5te -mfloat-abi=soft'
  for set in arm thumb; do
    $arm_cc $small $free -O1 -m$set -fno-strict-aliasing -fwrapv -Itests/guest/arm \
      -o "tests/guest/arm/bin/$name.$set" "$source" -lgcc
  done
done
