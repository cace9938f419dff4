#!/usr/bin/env bash
# Sourced by run.sh: install.sh of the runtime on a machine of its own, as a user and as a service of systemd.
machine=mhnos-test-machine

install_down() { docker rm -f "$machine" >/dev/null 2>&1 || true; }
on() { docker exec "$machine" "$@"; }
fails_with() { # words of the complaint, command…
  local words=$1 said; shift
  if said=$("$@" 2>&1); then echo "it should have failed: $*"; return 1; fi
  grep -q "$words" <<<"$said" || { echo "it should have said: $words"; echo "$said"; return 1; }
}
until_healthy() { # url
  for _ in $(seq 150); do on curl -fsS "$1" 2>/dev/null && echo && return 0; sleep 0.2; done
  echo "nothing answers at $1"; return 1
}

install_test() {
  local root=$1 here=$2 state=''
  docker build -q -t mhnos-test-systemd "$here/systemd-image" >/dev/null || return 1
  install_down
  docker run -d --name "$machine" --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
    --tmpfs /run --tmpfs /tmp:exec -e NODE_EXTRA_CA_CERTS mhnos-test-systemd >/dev/null || return 1
  for _ in $(seq 100); do state=$(on systemctl is-system-running 2>/dev/null || true); [[ $state =~ running|degraded ]] && break; sleep 0.2; done
  [[ $state =~ running|degraded ]] || { echo "SKIPPED: systemd does not start in a container here ($state)" >&2; docker logs "$machine" | tail -5; return 77; }
  tar -C "$root" --exclude=node_modules --exclude=secrets --exclude=.env -cf - runtime | docker cp - "$machine:/home/ada/" || return 1
  on chown -R ada:ada /home/ada/runtime
  as_a_user || return 1
  as_a_service || return 1
  install_down
}

# Its dependencies in its folder, then npm start, as the readme says.
as_a_user() {
  fails_with 'unknown option' on su ada -c 'cd ~/runtime && ./install.sh --nonsense' || return 1
  fails_with 'needs root' on su ada -c 'cd ~/runtime && ./install.sh --systemd' || return 1
  fails_with 'npm is needed' on su ada -c 'cd ~/runtime && PATH=/usr/bin:/bin ./install.sh' || return 1
  on su ada -c 'cd ~/runtime && ./install.sh' | grep 'Installed. Start it with: npm start' || return 1
  docker exec -d "$machine" su ada -c 'cd ~/runtime && MHNOS_TOKEN=t-of-ada MHNOS_RUNTIME_PORT=18801 npm start > ~/log 2>&1'
  until_healthy http://127.0.0.1:18801/health || { on cat /home/ada/log; return 1; }
  on grep 'sandbox strict' /home/ada/log || return 1
  on su ada -c "cd ~/runtime && MHNOS_TOKEN=t-of-ada node test-client.js ws://127.0.0.1:18801 python -c 'print(6 * 7)'" | grep -qx 42 || { echo 'python does not run there'; return 1; }
}

# A user, a copy, a unit and a token of its own; again, nothing is lost.
as_a_service() {
  local token first
  on bash -c 'cd /home/ada/runtime && ./install.sh --systemd' | grep 'Installed. The token is in' || return 1
  until_healthy http://127.0.0.1:18790/health || { on journalctl -u mhnos-runtime --no-pager; return 1; }
  [ "$(on systemctl is-enabled mhnos-runtime)" = enabled ] || return 1
  token=$(on sed -n 's/^MHNOS_TOKEN=//p' /etc/mhnos/runtime.env)
  [ "$(on stat -c '%a %U' /etc/mhnos/runtime.env)" = '600 root' ] || { echo 'the token can be read'; return 1; }
  first=$(on systemctl show -p MainPID --value mhnos-runtime)
  on bash -c 'cd /home/ada/runtime && ./install.sh --systemd' >/dev/null || return 1
  [ "$(on systemctl show -p MainPID --value mhnos-runtime)" != "$first" ] || { echo 'the earlier one still runs'; return 1; }
  until_healthy http://127.0.0.1:18790/health || return 1
  [ "$(on sed -n 's/^MHNOS_TOKEN=//p' /etc/mhnos/runtime.env)" = "$token" ] || { echo 'installing again made another token'; return 1; }
  on env "MHNOS_TOKEN=$token" node /opt/mhnos-runtime/test-client.js ws://127.0.0.1:18790 python -c 'import os; print(os.getcwd(), os.geteuid() != 0)' \
    | grep -x '/var/lib/mhnos/workspace True' || { echo 'the service runs no python'; return 1; }
  on systemctl stop mhnos-runtime && [ "$(on systemctl show -p Result --value mhnos-runtime)" = success ] || { echo 'it did not stop in order'; return 1; }
}
