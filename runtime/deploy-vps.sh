#!/usr/bin/env bash
# Sets the runtime up on a server with docker: writes .env and secrets/ (keeping what is there), builds, starts, checks.
# Run again at any time: it changes only what the flags or answers change.
#   ./deploy-vps.sh --domain runtime.example.com --s3-domain s3.example.com --origins https://app.example.com [--openclaw] [--internal-tls] [--port 18790] [--no-start]
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

die() { echo "deploy-vps.sh: $*" >&2; exit 1; }
domain='' s3_domain='' origins='' openclaw='' port='' tls='' start=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --domain) domain=${2:?}; shift 2 ;;
    --s3-domain) s3_domain=${2:?}; shift 2 ;;
    --origins) origins=${2:?}; shift 2 ;;
    --port) port=${2:?}; shift 2 ;;
    --openclaw) openclaw=true; shift ;;
    --internal-tls) tls='tls internal'; shift ;;
    --no-start) start=no; shift ;;
    *) die "unknown option $1" ;;
  esac
done

touch .env && chmod 600 .env
setting() { sed -n "s|^$1=||p" .env | tail -1; }
keep() { # name value: sets it, in its place if it is there
  local rest; rest=$(grep -v "^$1=" .env || true)
  { [ -z "$rest" ] || printf '%s\n' "$rest"; printf '%s=%s\n' "$1" "$2"; } > .env.new
  chmod 600 .env.new && mv .env.new .env
}
ask() { # name given question default
  local value=$2
  [ -n "$value" ] || value=$(setting "$1")
  if [ -z "$value" ] && [ -t 0 ]; then read -rp "$3${4:+ [$4]}: " value; fi
  value=${value:-$4}
  [ -n "$value" ] || die "$1 is needed: give it as a flag, or run this in a terminal."
  keep "$1" "$value"
}

ask MHNOS_DOMAIN "$domain" 'Domain of the runtime' ''
ask S3_DOMAIN "$s3_domain" 'Domain of the object store' "s3.$(setting MHNOS_DOMAIN)"
ask MHNOS_ALLOWED_ORIGINS "$origins" 'Origins of pages that may connect' ''
ask MHNOS_ALLOW_OPENCLAW "$openclaw" 'OpenClaw (true, false)' false
ask MHNOS_RUNTIME_PORT "$port" 'Local port for health checks' 18790
[ -z "$tls" ] || keep CADDY_TLS "$tls"
case "$(setting MHNOS_ALLOWED_ORIGINS)" in *'*'*) die 'MHNOS_ALLOWED_ORIGINS takes exact origins, no *.' ;; esac

secret() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
mkdir -p secrets && chmod 711 secrets
for name in token s3-secret-key; do
  [ -s "secrets/$name" ] || secret > "secrets/$name"
  # Read by the container's user alone, where this can be arranged.
  if [ "$(id -u)" = 0 ]; then chown 10001:10001 "secrets/$name" && chmod 400 "secrets/$name"; else chmod 444 "secrets/$name"; fi
done
keep S3_ACCESS_KEY "$(setting S3_ACCESS_KEY | grep . || echo mhnos)"
keep S3_SECRET_KEY "$(cat secrets/s3-secret-key)"

if [ "$start" = yes ]; then
  docker compose version >/dev/null 2>&1 || die 'docker with its compose plugin (2.20 or newer) is needed.'
  docker compose -f docker-compose.remote.yml up -d --build --wait || { docker compose -f docker-compose.remote.yml logs --tail 50; die 'it did not start.'; }
  curl -fsS "http://127.0.0.1:$(setting MHNOS_RUNTIME_PORT)/health" && echo
fi
echo "Connect with:  runtime connect wss://$(setting MHNOS_DOMAIN)"
echo "The token is in $(pwd)/secrets/token"
