#!/usr/bin/env bash
# The container tests: builds the image from runtime/ as users do, runs it by its compose file, tests it from outside,
# and the object store against a real S3 server. Exit code 77: skipped, and the reason is said.
#   test/runtime/container/run.sh [image] [s3] [remote]       default: all
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$here/../../..")
engine_work=${MHNOS_TEST_ENGINE:-/var/tmp/mhnos-engine}
. "$here/engine.sh"
. "$here/remote.sh"
parts=${*:-image s3 remote}
step() { echo "== ${SECONDS}s $*"; }

start_engine
finish() { compose_down; remote_down; docker rm -f mhnos-test-s3 >/dev/null 2>&1 || true; stop_engine; }
compose_down() { [ -z "${MHNOS_TOKEN:-}" ] || (cd "$root/runtime" && docker compose down -v >/dev/null 2>&1) || true; }
trap finish EXIT
find_plugins
export DOCKER_BUILDKIT=1
step "base images"
"$here/base-images.sh" "$engine_work"
cd "$root"

if [[ " $parts " == *" image "* ]]; then
  step "the image"
  MHNOS_TOKEN=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'); export MHNOS_TOKEN
  (cd runtime && docker compose build -q mhnos-runtime) || exit 1
  docker image ls --format '{{.Repository}} {{.Size}}' mhnos/runtime
  step "compose up"
  (cd runtime && docker compose up -d --wait mhnos-runtime) || { docker logs mhnos-runtime; exit 1; }
  step "tests from outside"
  MHNOS_TEST_CONTAINER=ws://127.0.0.1:18790 npx vitest run --project runtime test/runtime/container.test.ts
  compose_down
fi

if [[ " $parts " == *" s3 "* ]]; then
  step "an S3 server"
  docker build -q -t mhnos-test-s3 "$here/../ceph" >/dev/null
  docker rm -f mhnos-test-s3 >/dev/null 2>&1 || true
  docker run -d --name mhnos-test-s3 -p 127.0.0.1:19000:9000 -e S3_ACCESS_KEY=AKIDTEST -e S3_SECRET_KEY=testsecretkey mhnos-test-s3 >/dev/null
  for _ in $(seq 300); do curl -s -o /dev/null http://127.0.0.1:19000/ && break; sleep 0.2; done
  step "tests of the object store"
  MHNOS_TEST_S3=http://AKIDTEST:testsecretkey@127.0.0.1:19000 npx vitest run --project runtime test/runtime/s3.test.ts
fi
if [[ " $parts " == *" remote "* ]]; then
  step "the server set-up"
  (cd runtime && docker compose build -q mhnos-runtime) || exit 1
  remote_test "$root" "$here"
fi
step "done"
