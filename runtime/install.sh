#!/usr/bin/env bash
# Installs the runtime on this machine without a container.
#   ./install.sh             its dependencies, here; then `npm start`
#   ./install.sh --systemd   (as root) a user, a copy in /opt/mhnos-runtime and a service that starts with the machine
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

die() { echo "install.sh: $*" >&2; exit 1; }
command -v npm >/dev/null || die "npm is needed (Node 24 or newer; on linux-x64 any Node that has npm will do)."
[ -x /usr/bin/python3 ] || die "python3 is needed: the strict sandbox starts every process through it."

install_here() {
  npm ci --omit=dev --no-audit --no-fund
  local node=node_modules/.bin/node
  [ -x "$node" ] || node=$(command -v node)
  local major; major=$("$node" -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 24 ] || die "Node 24 or newer is needed, and this is $("$node" -v)."
  /usr/bin/python3 -I -S sandbox/confine.py --probe | grep -qv '^0$' \
    || echo "install.sh: this kernel has no Landlock: the runtime will start with MHNOS_SANDBOX=relaxed only." >&2
}

install_service() {
  [ "$(id -u)" = 0 ] || die "--systemd needs root."
  command -v systemctl >/dev/null || die "there is no systemd here."
  id mhnos >/dev/null 2>&1 || useradd --system --user-group --home-dir /var/lib/mhnos --shell /usr/sbin/nologin mhnos
  install -d -o mhnos -g mhnos -m 0750 /var/lib/mhnos /var/lib/mhnos/workspace
  install -d -m 0755 /opt/mhnos-runtime
  tar --exclude=./node_modules --exclude=./secrets --exclude=./.env -cf - . | tar -xf - -C /opt/mhnos-runtime
  (cd /opt/mhnos-runtime && install_here)
  install -d -m 0755 /etc/mhnos
  if [ ! -f /etc/mhnos/runtime.env ]; then
    (umask 077; printf 'MHNOS_TOKEN=%s\nMHNOS_WORKSPACE=/var/lib/mhnos/workspace\n' "$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')" > /etc/mhnos/runtime.env)
  fi
  local node=/opt/mhnos-runtime/node_modules/.bin/node
  [ -x "$node" ] || node=$(command -v node)
  sed "s|@NODE@|$node|" deploy/mhnos-runtime.service > /etc/systemd/system/mhnos-runtime.service
  systemctl daemon-reload
  systemctl enable mhnos-runtime
  # What was copied is what runs from now on, if an earlier one ran already.
  systemctl restart mhnos-runtime
  echo "Installed. The token is in /etc/mhnos/runtime.env; the log: journalctl -u mhnos-runtime"
}

case "${1:-}" in
  '') install_here; echo "Installed. Start it with: npm start" ;;
  --systemd) install_service ;;
  *) die "unknown option $1 (there is --systemd)." ;;
esac
