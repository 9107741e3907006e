# The first process of the namespaces of a private Docker Engine: $1 is its folder, $2 its control group, $3 the size of its
# disk in megabytes, or nothing for that of the machine.
# It ends when its standard input does, that is with the test at the latest, and leaves nothing: it removes the folder, and
# the kernel ends all other processes of the namespaces with it.
set -e
mount -t tmpfs -o mode=755 tmpfs /run # Sockets of another containerd on this machine must not be found.
mkdir -p "$1/data"
[ -z "$3" ] || mount -t tmpfs -o "size=$3m" tmpfs "$1/data"
busybox ip link set lo up
dockerd --host "unix://$1/docker.sock" --data-root "$1/data" --exec-root /run/docker --pidfile /run/dockerd.pid \
  --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$2" --userland-proxy=false --max-download-attempts 1 \
  >"$1/dockerd.log" 2>&1 &
read -r _ || :
kill -KILL "$!"
cut -d ' ' -f 2 /proc/mounts | grep "^$1/" | xargs -r umount -l
rm -rf "$1"
