#!/bin/sh
# The first stage of an arm64 root file system from Debian's packages, and some packages to install into it later, below $DEMOTIC_REAL_CACHE. The second
# stage is run by the tests. Needs root. Does nothing where everything is there already.
set -eu

cache=${DEMOTIC_REAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/demotic-real}
include='adduser,locales,perl,python3-minimal,procps,login,passwd'
later='jq libjq1 libonig5 less cron cron-daemon-common file libmagic1 libmagic-mgc dbus-bin libdbus-1-3 libexpat1 sudo ucf sensible-utils sgml-base xml-core'
wanted="$include $later 3"

[ "$(cat "$cache/root-arm64.done" 2>/dev/null)" = "$wanted" ] && exit 0
if [ "$(id -u)" != 0 ]; then
  echo 'install-root.sh: only root can make a root file system: its tests are skipped'
  exit 0
fi
missing=
for tool in debootstrap; do
  dpkg-query -W -f '${Status}' "$tool" 2>/dev/null | grep -q 'ok installed' || missing="$missing $tool"
done
if [ -n "$missing" ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi
# The mirror and the suite that the system itself has.
set -- $(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | grep -E ' [a-z]+ main$' | grep debian | head -1)
first=$cache/root-arm64.first
rm -rf "$first" "$cache/root-arm64.debs"
debootstrap --arch=arm64 --foreign --variant=minbase --include="$include" "$2" "$first" "$1"
apt=$cache/apt-root
rm -rf "$apt"
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/preferences.d" "$cache/root-arm64.debs"
: > "$apt/status"
cd "$cache/root-arm64.debs"
set -- -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" \
  -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives" -o Dir::Etc::preferencesparts="$apt/preferences.d" -o APT::Sandbox::User=root -o Debug::NoLocking=true
apt-get "$@" update -qq
apt-get "$@" download -qq $later
rm -rf "$apt"
echo "$wanted" > "$cache/root-arm64.done"
