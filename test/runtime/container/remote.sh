#!/usr/bin/env bash
# Sourced by run.sh: the server set-up as deploy-vps.sh makes it (TLS, store, set-up job, runtime), from outside. Caddy is
# Debian's and the store is Ceph, where the images that the compose file names cannot be pulled.
remote_folder='' remote_files=''

remote_down() {
  [ -n "$remote_folder" ] || return 0
  (cd "$remote_folder" && docker compose -f docker-compose.remote.yml down -v >/dev/null 2>&1) || true
  rm -rf "$remote_folder"
}

image_or() { # image of the compose file, folder that a stand-in is built from, its name
  if docker image inspect "$1" >/dev/null 2>&1 || docker pull -q "$1" >/dev/null 2>&1; then echo "$1"; return; fi
  docker build -q -t "$3" "$2" >/dev/null && echo "$3"
}

remote_test() {
  local root=$1 here=$2 caddy store answer
  remote_folder=$(mktemp -d) && cp -r "$root/runtime/." "$remote_folder" && rm -rf "$remote_folder/node_modules" "$remote_folder/.env" "$remote_folder/secrets"
  caddy=$(image_or caddy:2.10-alpine "$here/caddy-image" mhnos-test-caddy) || return 1
  docker build -q -t mhnos-test-s3 "$here/../ceph" >/dev/null
  store=mhnos-test-s3
  cd "$remote_folder"
  printf 'CADDY_IMAGE=%s\nRUSTFS_IMAGE=%s\n' "$caddy" "$store" > .env
  # Twice: the second time changes nothing.
  ./deploy-vps.sh --domain runtime.localhost --s3-domain s3.localhost --origins https://app.example --internal-tls --port 18795 --no-start
  cp .env first.env && cp secrets/token first.token
  ./deploy-vps.sh --port 18795 || return 1
  cmp <(sort .env) <(sort first.env) && cmp secrets/token first.token || { echo 'deploy-vps.sh changed what was set'; return 1; }
  answer=$(docker run --rm --network "${COMPOSE_PROJECT_NAME}_default" --entrypoint node "${MHNOS_IMAGE:-mhnos/runtime}" -e "$REMOTE_PROBE" "$(cat secrets/token)") || return 1
  echo "$answer"
  [ "$answer" = 'health 200; plain 426; token 101 mhnos.v1; store 403' ] || { docker compose -f docker-compose.remote.yml logs --tail 20 caddy; echo 'the server answers otherwise'; return 1; }
}

# From a machine of the network, through Caddy's TLS by the names of the set-up.
REMOTE_PROBE=$(cat <<'PROBE'
const https = require('https'), http = require('http');
const ask = (lib, options) => new Promise((done) => {
  const request = lib.request({ rejectUnauthorized: false, ...options }, (answer) => { answer.resume(); done(answer.statusCode); });
  request.on('upgrade', (answer, socket) => { socket.destroy(); done(answer.statusCode + ' ' + answer.headers['sec-websocket-protocol']); });
  request.on('error', (error) => done(error.code)).end();
});
const upgrade = (token) => ({ Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'), 'Sec-WebSocket-Protocol': 'mhnos.v1, mhnos.auth.' + token });
(async () => {
  const until = Date.now() + 60000;
  while ((await ask(http, { host: 'caddy' })) === 'ECONNREFUSED' && Date.now() < until) await new Promise((done) => setTimeout(done, 200));
  const caddy = { host: 'caddy', servername: 'runtime.localhost', headers: { Host: 'runtime.localhost' } };
  const health = await ask(https, { ...caddy, path: '/health' });
  const plain = await ask(http, { host: 'runtime', port: 18790, headers: { Host: 'runtime.localhost', ...upgrade(process.argv[1]) } });
  const token = await ask(https, { ...caddy, headers: { Host: 'runtime.localhost', ...upgrade(process.argv[1]) } });
  const store = await ask(https, { host: 'caddy', servername: 's3.localhost', headers: { Host: 's3.localhost' }, path: '/mhnos-workspace' });
  console.log(`health ${health}; plain ${plain}; token ${token}; store ${store}`);
})();
PROBE
)
