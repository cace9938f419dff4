#!/usr/bin/env bash
# Sourced: finds a docker engine, or starts a private one where dockerd is installed and this is root. Sets DOCKER_HOST.
# `stop_engine` ends the one that was started here, by its pid. Exit code 77: there is none, and none can be started.
engine_work=${engine_work:?a folder for the engine}
engine_pid=''

start_engine() {
  if docker info >/dev/null 2>&1; then echo "engine: the one that runs here"; return; fi
  if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null || ! command -v iptables >/dev/null; then
    echo "SKIPPED: no docker engine answers, and none can be started (root, dockerd and iptables are needed)" >&2
    exit 77
  fi
  mkdir -p "$engine_work"
  export DOCKER_HOST=unix://$engine_work/docker.sock
  # Not beneath this shell's job: the engine has to outlive a step that fails, until it is stopped.
  setsid dockerd --data-root "$engine_work/data" --exec-root "$engine_work/exec" --pidfile "$engine_work/dockerd.pid" \
    -H "$DOCKER_HOST" > "$engine_work/dockerd.log" 2>&1 &
  for _ in $(seq 120); do
    if docker info >/dev/null 2>&1; then
      engine_pid=$(cat "$engine_work/dockerd.pid")
      echo "engine: started as $engine_pid"
      return
    fi
    sleep 0.25
  done
  echo "SKIPPED: the engine did not start:" >&2
  tail -5 "$engine_work/dockerd.log" >&2
  exit 77
}

stop_engine() {
  [ -n "$engine_pid" ] || return 0
  kill "$engine_pid" 2>/dev/null || true
  for _ in $(seq 60); do kill -0 "$engine_pid" 2>/dev/null || return 0; sleep 0.25; done
}

# Compose and BuildKit as docker's plugins: this machine's own, else those of a newer Debian, unpacked and not installed.
find_plugins() {
  if docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; then return; fi
  export DOCKER_CONFIG=$engine_work/config
  local plugins=$DOCKER_CONFIG/cli-plugins
  if [ ! -x "$plugins/docker-compose" ]; then
    "$(dirname "${BASH_SOURCE[0]}")/debian-packages.sh" trixie "$engine_work/debs" docker-compose docker-buildx
    mkdir -p "$plugins"
    for package in "$engine_work"/debs/*.deb; do dpkg-deb -x "$package" "$engine_work/plugins"; done
    cp "$engine_work"/plugins/usr/libexec/docker/cli-plugins/* "$plugins/"
  fi
}
