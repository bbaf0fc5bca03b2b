#!/bin/sh
# Installs what `npm run test:real` needs: Debian packages of the compilers and of the oracle into the system, and Debian's arm64 and
# amd64 programs into folders below $DEMOTIC_REAL_CACHE (default ~/.cache/demotic-real). The system's own architectures and package
# lists stay as they are: the foreign packages come by an apt that has its configuration and state in that folder.
# Does nothing where everything is there already.
set -eu

cache=${DEMOTIC_REAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/demotic-real}
tools='gcc python3-minimal libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user gdb-multiarch'
programs='busybox-static coreutils gzip bzip2 xz-utils zstd sqlite3 perl python3.11 libpython3.11-testsuite openssl lua5.4 file gawk bc jq grep sed diffutils findutils tar dash bash libc6 libc-bin base-files'

missing=
for tool in $tools; do
  dpkg-query -W -f '${Status}' "$tool" 2>/dev/null | grep -q 'ok installed' || missing="$missing $tool"
done
if [ -n "$missing" ]; then
  echo "installing$missing"
  sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing
fi

# One tree for an architecture: packages with all they depend on, unpacked.
tree() {
  arch=$1
  wanted="$programs 3"
  [ "$(cat "$cache/$arch.done" 2>/dev/null)" = "$wanted" ] && return 0
  echo "downloading $arch packages into $cache"
  apt=$cache/apt-$arch
  rm -rf "$cache/$arch" "$apt"
  mkdir -p "$cache/$arch" "$apt/lists/partial" "$apt/archives/partial" "$apt/preferences.d"
  : > "$apt/status"
  set -- -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" \
    -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives" -o Dir::Etc::preferencesparts="$apt/preferences.d" -o APT::Sandbox::User=root \
    -o APT::Get::AllowUnauthenticated=false -o Debug::NoLocking=true
  apt-get "$@" update -qq
  apt-get "$@" install -y -qq --no-install-recommends --download-only $programs
  for package in "$apt"/archives/*.deb; do dpkg-deb -x "$package" "$cache/$arch"; done
  rm -rf "$apt"
  mkdir -p "$cache/$arch/work" "$cache/$arch/dev"
  # The amd64 programs run in a chroot; some open these.
  [ "$(id -u)" != 0 ] || for device in null:1:3 zero:1:5 urandom:1:9; do
    mknod -m 666 "$cache/$arch/dev/${device%%:*}" c "$(echo "$device" | cut -d: -f2)" "${device##*:}" 2>/dev/null || true
  done
  echo "$wanted" > "$cache/$arch.done"
}
mkdir -p "$cache"
tree arm64
tree amd64
