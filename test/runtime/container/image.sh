#!/usr/bin/env bash
# Sourced by run.sh: the image by its compose file, by plain docker as the readme's first lines do, with a shared folder,
# behind a proxy (Dockerfile.remote), and with OpenClaw.
single=mhnos-test-single

image_down() {
  docker rm -f "$single" >/dev/null 2>&1 || true
  docker volume rm mhnos-test-volume >/dev/null 2>&1 || true
  [ -z "${MHNOS_TOKEN:-}" ] || (cd "$root/runtime" && docker compose --profile openclaw down -v >/dev/null 2>&1) || true
}

client() { # token, port, arguments of test-client.js…
  local token=$1 port=$2; shift 2
  MHNOS_TOKEN=$token node "$root/runtime/test-client.js" "ws://127.0.0.1:$port" "$@" 2>&1
}

until_answers() { # port
  for _ in $(seq 150); do curl -fsS "http://127.0.0.1:$1/health" 2>/dev/null && echo && return 0; sleep 0.2; done
  docker logs "$single"; return 1
}

image_test() {
  MHNOS_TOKEN=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'); export MHNOS_TOKEN
  (cd "$root/runtime" && docker compose build -q mhnos-runtime) || return 1
  docker image ls --format '{{.Repository}}:{{.Tag}} {{.Size}}' mhnos/runtime
  step "compose up"
  (cd "$root/runtime" && docker compose up -d --wait mhnos-runtime) || { docker logs mhnos-runtime; return 1; }
  step "tests from outside"
  MHNOS_TEST_CONTAINER=ws://127.0.0.1:18790 npx vitest run --project runtime test/runtime/container.test.ts || return 1
  image_down
  plain_docker_test && shared_folder_test && proxied_image_test
}

# `docker run`, no token given: it makes one and prints it; a volume keeps the files.
plain_docker_test() {
  step "plain docker"
  docker run -d --name "$single" -p 127.0.0.1:18790:18790 -v mhnos-test-volume:/workspace mhnos/runtime >/dev/null || return 1
  until_answers 18790 || return 1
  local token; token=$(docker logs "$single" 2>&1 | sed -n 's/^token //p')
  client "$token" 18790 python -c 'open("kept", "w").write("kept")' || return 1
  client wrong 18790 python -c '1' && { echo 'a wrong token was taken'; return 1; }
  docker rm -f "$single" >/dev/null
  docker run -d --name "$single" -p 127.0.0.1:18790:18790 -v mhnos-test-volume:/workspace mhnos/runtime >/dev/null || return 1
  until_answers 18790 || return 1
  token=$(docker logs "$single" 2>&1 | sed -n 's/^token //p')
  client "$token" 18790 python -c 'print(open("kept").read())' | grep -x kept || { echo 'the volume lost a file'; return 1; }
  docker stop -t 15 "$single" >/dev/null
  [ "$(docker inspect -f '{{.State.ExitCode}}' "$single")" = 0 ] || { echo 'it did not stop in order'; return 1; }
  docker rm -f "$single" >/dev/null
}

# A folder of the user's, seen from both sides, owned by the user on both.
shared_folder_test() {
  step "a shared folder"
  local folder; folder=$(mktemp -d) && chmod 700 "$folder" && chown 12345:12345 "$folder" && echo here > "$folder/in"
  chown 12345:12345 "$folder/in"
  export MHNOS_WORKSPACE_DIR=$folder MHNOS_UID=12345 MHNOS_GID=12345
  (cd "$root/runtime" && docker compose up -d --wait mhnos-runtime >/dev/null 2>&1) || { docker logs mhnos-runtime; return 1; }
  client "$MHNOS_TOKEN" 18790 python -c 'open("out", "w").write(open("in").read().upper())' || return 1
  [ "$(cat "$folder/out") $(stat -c '%u' "$folder/out")" = 'HERE 12345' ] || { echo 'the folder is not shared'; ls -la "$folder"; return 1; }
  image_down
  unset MHNOS_WORKSPACE_DIR MHNOS_UID MHNOS_GID
  rm -rf "$folder"
}

proxied_image_test() {
  step "the image for behind a proxy"
  docker build -q -t mhnos/runtime:remote -f "$root/runtime/Dockerfile.remote" "$root/runtime" >/dev/null || return 1
  docker run -d --name "$single" -p 127.0.0.1:18790:18790 -e "MHNOS_TOKEN=$MHNOS_TOKEN" mhnos/runtime:remote >/dev/null || return 1
  until_answers 18790 || return 1
  grep 426 <<<"$(client "$MHNOS_TOKEN" 18790 python -c '1' || true)" || { echo 'it took a plain connection'; return 1; }
  docker rm -f "$single" >/dev/null
}

openclaw_test() {
  MHNOS_TOKEN=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'); export MHNOS_TOKEN
  (cd "$root/runtime" && docker compose --profile openclaw build -q mhnos-runtime-openclaw) || return 1
  (cd "$root/runtime" && docker compose --profile openclaw up -d --wait mhnos-runtime-openclaw) || { docker logs mhnos-runtime-openclaw; return 1; }
  MHNOS_TEST_OPENCLAW=ws://127.0.0.1:18791 npx vitest run --project runtime test/runtime/container.test.ts || return 1
  image_down
}
