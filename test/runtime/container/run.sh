#!/usr/bin/env bash
# The container tests: builds the image from runtime/ as users do, runs it by its compose file, tests it from outside,
# the object store against a real S3 server, the server set-up, and the installation on a machine with systemd.
# Exit code 77: skipped, and the reason is said.
#   test/runtime/container/run.sh [compose] [image] [openclaw] [s3] [remote] [install]       default: all
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$here/../../..")
engine_work=${MHNOS_TEST_ENGINE:-/var/tmp/mhnos-engine}
for part in engine compose image remote install; do . "$here/$part.sh"; done
parts=${*:-compose image openclaw s3 remote install}
step() { echo "== ${SECONDS}s $*"; }
# Not the project that a user of this machine may have: what is made here is taken down with its volumes.
export COMPOSE_PROJECT_NAME=mhnos-test

start_engine
finish() { image_down; remote_down; install_down; docker rm -f mhnos-test-s3 >/dev/null 2>&1 || true; stop_engine; }
trap finish EXIT
find_plugins
export DOCKER_BUILDKIT=1
step "base images"
"$here/base-images.sh" "$engine_work"
cd "$root"

s3_test() {
  docker build -q -t mhnos-test-s3 "$here/../ceph" >/dev/null || return 1
  docker rm -f mhnos-test-s3 >/dev/null 2>&1 || true
  docker run -d --name mhnos-test-s3 -p 127.0.0.1:19000:9000 -e S3_ACCESS_KEY=AKIDTEST -e S3_SECRET_KEY=testsecretkey mhnos-test-s3 >/dev/null || return 1
  for _ in $(seq 300); do curl -s -o /dev/null http://127.0.0.1:19000/ && break; sleep 0.2; done
  MHNOS_TEST_S3=http://AKIDTEST:testsecretkey@127.0.0.1:19000 npx vitest run --project runtime test/runtime/s3.test.ts || return 1
}

skipped=''
for part in $parts; do
  step "$part"
  code=0
  case $part in
    compose) compose_test "$root" || code=$? ;;
    image) image_test || code=$? ;;
    openclaw) openclaw_test || code=$? ;;
    s3) s3_test || code=$? ;;
    remote) (cd runtime && docker compose build -q mhnos-runtime) && remote_test "$root" "$here" || code=$?; cd "$root" ;;
    install) install_test "$root" "$here" || code=$? ;;
    *) echo "run.sh: there is no part $part" >&2; exit 2 ;;
  esac
  if [ "$code" = 77 ]; then skipped="$skipped $part"
  elif [ "$code" != 0 ]; then echo "FAILED: $part" >&2; exit 1; fi
done
step "done${skipped:+, without$skipped}"
