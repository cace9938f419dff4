#!/usr/bin/env bash
# Prints the folder of the pinned Node's source tree, whose tests the conformance run takes; they are no part of this
# repository. NODE_SOURCE if set, else Debian's source package, from wherever this machine gets its own packages, kept in
# OAC_NODE_SOURCE_CACHE (default: the user's cache). Exit code 77: it cannot be had here, and stderr says why.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
version=$(sed -n "s/^export const NODE_VERSION = '\(.*\)';$/\1/p" "$here/node-layer/version.mjs")
suite=forky

skip() { echo "$*" >&2; exit 77; }

if [ -n "${NODE_SOURCE:-}" ]; then
  [ -e "$NODE_SOURCE/test/common/index.js" ] || skip "NODE_SOURCE=$NODE_SOURCE holds no source tree of Node"
  echo "$NODE_SOURCE"
  exit
fi
cache=${OAC_NODE_SOURCE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/openagents-container}
tree=$cache/node-v$version
if [ -e "$tree/test/common/index.js" ]; then
  echo "$tree"
  exit
fi
command -v apt-get >/dev/null || skip "no apt-get: set NODE_SOURCE to a source tree of Node $version"

uri=$({ cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null || true; } \
  | awk '/^URIs:.*\/debian\/?$/ { print $2; exit } /^deb .*\/debian\/? / { for (i = 1; i <= NF; i++) if ($i ~ /^http/) { print $i; exit } }')
[ -n "$uri" ] || skip "this machine's apt names no Debian mirror: set NODE_SOURCE to a source tree of Node $version"

mkdir -p "$cache"
work=$(mktemp -d "$cache/download.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/sources"
printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
  "$uri" "$suite" > "$work/sources/$suite.sources"
apt() {
  apt-get -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources" -o Dir::State::Lists="$work/lists" \
    -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o Acquire::Retries=3 -o APT::Sandbox::User=root "$@" >&2
}
apt update -qq || skip "apt could not read the sources of Debian $suite"
(cd "$work" && apt source --download-only -qq nodejs) || skip "apt could not download Node's source package"
shopt -s nullglob
tarballs=("$work"/nodejs_"$version"[+~]*.orig.tar.*)
[ ${#tarballs[@]} = 1 ] || skip "Debian $suite has another version of Node than $version: $(cd "$work" && echo nodejs_*.dsc)"
mkdir "$work/tree"
tar -xf "${tarballs[0]}" -C "$work/tree" --strip-components=1
[ -e "$work/tree/test/common/index.js" ] || skip "Debian's source package has no tests"
rm -rf "$tree"
mv "$work/tree" "$tree"
echo "$tree"
