#!/usr/bin/env bash
# Data is gone with the container.
set -euo pipefail
data=/data
fsid=$(cat /proc/sys/kernel/random/uuid)
osd=$(cat /proc/sys/kernel/random/uuid)
mkdir -p $data/mon $data/osd /etc/ceph /var/run/ceph
cat > /etc/ceph/ceph.conf <<CONF
[global]
fsid = $fsid
mon_host = [v2:127.0.0.1:3300,v1:127.0.0.1:6789]
keyring = $data/keyring
mon_data = $data/mon
osd_data = $data/osd
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
log_file =
mon_cluster_log_file =
admin_socket =
run_dir = /var/run/ceph
rgw_enable_apis = s3
rgw_frontends = beast endpoint=0.0.0.0:9000
rgw_thread_pool_size = 32
CONF
ceph-authtool --create-keyring $data/keyring --gen-key -n mon. --cap mon 'allow *' >/dev/null
for name in client.admin client.rgw osd.0 mgr.x; do
  ceph-authtool $data/keyring --gen-key -n $name --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' >/dev/null
done
monmaptool --create --fsid "$fsid" --addv a '[v2:127.0.0.1:3300,v1:127.0.0.1:6789]' /tmp/monmap >/dev/null
ceph-mon --mkfs -i a --monmap /tmp/monmap --keyring $data/keyring
ceph-mon -i a
for _ in $(seq 100); do ceph -s >/dev/null 2>&1 && break; sleep 0.2; done
ceph osd new "$osd" 0 >/dev/null
ceph-osd -i 0 --mkfs --osd-uuid "$osd"
ceph osd crush add osd.0 1.0 root=default host=h >/dev/null 2>&1 || true
ceph-osd -i 0
for _ in $(seq 100); do ceph osd stat 2>/dev/null | grep -q '1 up' && break; sleep 0.2; done
radosgw-admin user create --uid=app --display-name=app --access-key="$S3_ACCESS_KEY" --secret-key="$S3_SECRET_KEY" >/dev/null
exec radosgw -d -n client.rgw
