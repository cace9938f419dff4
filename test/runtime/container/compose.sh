#!/usr/bin/env bash
# Sourced by run.sh: compose itself reads both files, in every profile, and says what is missing.

services() { docker compose "$@" config --services | sort | tr '\n' ' '; }
same() { # what, wanted, found
  [ "$2" = "$3" ] || { echo "$1: wanted \"$2\", found \"$3\""; return 1; }
}

compose_test() {
  local root=$1 said
  cd "$root/runtime" || return 1
  same 'the services' 'mhnos-runtime ' "$(services)" || return 1
  same 'the services with OpenClaw' 'mhnos-runtime mhnos-runtime-openclaw ' "$(services --profile openclaw)" || return 1
  said=$(docker compose --profile openclaw config --format json) || return 1
  node -e "$COMPOSE_CHECK" "$said" || return 1
  said=$(docker compose --env-file /dev/null -f docker-compose.remote.yml config 2>&1) && { echo 'the remote file needs no settings?'; return 1; }
  grep -q 'set it in .env' <<<"$said" || { echo "$said"; return 1; }
  sed 's/^S3_SECRET_KEY=$/S3_SECRET_KEY=x/' .env.example > "$engine_work/example.env"
  same 'the services of the server' 'caddy runtime s3 s3-setup ' "$(services --env-file "$engine_work/example.env" -f docker-compose.remote.yml)" || return 1
  cd "$root"
}

# What compose makes of the file: hardened both, on loopback, OpenClaw on its own port with its own image and workspace.
COMPOSE_CHECK=$(cat <<'CHECK'
const { deepStrictEqual: same, ok } = require('assert');
const { services } = JSON.parse(process.argv[1]);
for (const [name, port, image] of [['mhnos-runtime', 18790, 'mhnos/runtime'], ['mhnos-runtime-openclaw', 18791, 'mhnos/runtime:openclaw']]) {
  const { ports, read_only, cap_drop, security_opt, user, pids_limit, container_name, image: built, mem_limit } = services[name];
  same(ports.map(({ host_ip, published, target }) => [host_ip, Number(published), target]), [['127.0.0.1', port, port]]);
  same([read_only, cap_drop, security_opt, user, pids_limit, container_name, built],
    [true, ['ALL'], ['no-new-privileges:true'], '10001:10001', 1024, name, image]);
  ok(Number(mem_limit) >= 2 ** 32);
}
same(services['mhnos-runtime-openclaw'].build.args.INSTALL_OPENCLAW, 'true');
same(services['mhnos-runtime-openclaw'].environment.MHNOS_ALLOW_OPENCLAW, 'true');
CHECK
)
