#!/usr/bin/env bash
# Downloads packages of another Debian suite from wherever this machine gets its own.
# usage: debian-packages.sh SUITE FOLDER package...
set -euo pipefail
suite=$1 folder=$2; shift 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/sources" "$folder"
uri=$({ cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null || true; } \
  | awk '/^URIs:.*\/debian\/?$/ { print $2; exit } /^deb .*\/debian\/? / { for (i = 1; i <= NF; i++) if ($i ~ /^http/) { print $i; exit } }')
[ -n "$uri" ] || { echo "debian-packages.sh: no Debian source is known here" >&2; exit 1; }
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
  "$uri" "$suite" > "$work/sources/other.sources"
options=(-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources" -o Dir::State::Lists="$work/lists"
  -o Dir::Cache::archives="$work/archives" -o Dir::State::status=/var/lib/dpkg/status -o APT::Sandbox::User=root)
apt-get "${options[@]}" update -qq
cd "$folder" && apt-get "${options[@]}" download -qq "$@"
