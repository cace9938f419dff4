#!/usr/bin/env bash
# Ceph's S3 gateway, for tests: one monitor, one store in memory, everything in one folder. Ends, with all that it
# started, when it is told to (SIGTERM); the data is gone then. Needs radosgw, ceph-common, ceph-mon and ceph-osd.
#   S3_DATA=folder S3_ACCESS_KEY=… S3_SECRET_KEY=… [S3_PORT=9000] [S3_BIND=127.0.0.1] [S3_MONITOR_PORT=3300]
set -euo pipefail
# The stand-in for the server's store is given keys by that store's names.
S3_ACCESS_KEY=${S3_ACCESS_KEY:-${RUSTFS_ACCESS_KEY:?}} S3_SECRET_KEY=${S3_SECRET_KEY:-${RUSTFS_SECRET_KEY:?}}
[ "${1:-/data}" = /data ] || { echo "start.sh: what is $1?" >&2; exit 2; }
data=${S3_DATA:?a folder of its own}
port=${S3_PORT:-9000} monitor_port=${S3_MONITOR_PORT:-3300} bind=${S3_BIND:-127.0.0.1}
rm -rf "${data:?}"/{mon,osd,rgw,run,keyring,monmap} && mkdir -p "$data/mon" "$data/osd" "$data/run"
export CEPH_CONF=$data/ceph.conf
fsid=$(cat /proc/sys/kernel/random/uuid)
osd=$(cat /proc/sys/kernel/random/uuid)
cat > "$CEPH_CONF" <<CONF
[global]
fsid = $fsid
mon_host = [v2:127.0.0.1:$monitor_port]
keyring = $data/keyring
mon_data = $data/mon
osd_data = $data/osd
rgw_data = $data/rgw
mgr_data = $data/mgr
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
auth_allow_insecure_global_id_reclaim = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
log_file = $data/ceph.log
mon_cluster_log_file = $data/ceph.log
admin_socket =
run_dir = $data/run
rgw_enable_apis = s3
rgw_frontends = beast endpoint=$bind:$port
rgw_thread_pool_size = 32
CONF
started=()
finish() {
  trap - TERM INT EXIT
  [ ${#started[@]} = 0 ] || kill -9 "${started[@]}" 2>/dev/null || true
}
trap 'finish; exit 0' TERM INT
trap finish EXIT
run() { "$@" & started+=($!); }

ceph-authtool --create-keyring "$data/keyring" --gen-key -n mon. --cap mon 'allow *' >/dev/null
for name in client.admin client.rgw osd.0 mgr.x; do
  ceph-authtool "$data/keyring" --gen-key -n $name --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' >/dev/null
done
monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$monitor_port]" "$data/monmap" >/dev/null
ceph-mon --mkfs -i a --monmap "$data/monmap" --keyring "$data/keyring"
run ceph-mon -f -i a
for _ in $(seq 100); do ceph --connect-timeout 5 -s >/dev/null 2>&1 && break; sleep 0.2; done
ceph osd new "$osd" 0 >/dev/null
ceph-osd -i 0 --mkfs --osd-uuid "$osd"
ceph osd crush add osd.0 1.0 root=default host=h >/dev/null 2>&1 || true
run ceph-osd -f -i 0
for _ in $(seq 100); do ceph osd stat 2>/dev/null | grep -q '1 up' && break; sleep 0.2; done
radosgw-admin user create --uid=app --display-name=app --access-key="$S3_ACCESS_KEY" --secret-key="$S3_SECRET_KEY" >/dev/null
run radosgw -f -n client.rgw
wait "${started[-1]}"
