# A host between a container's network and that of a cloud, each in a network of its own, with the rules of nftables in the file $1. Says who reaches
# what, before these rules and with them: `before container 169.254.169.254 yes`.
set -eu
mount -t tmpfs tmpfs /run # The names of the networks are nobody else's.
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding

join() { # NAME HOST HOST6 OTHER OTHER6
  ip netns add "$1"
  ip -n "$1" link set lo up
  ip link add "$1" type veth peer name eth0 netns "$1"
  ip addr add "$2/24" dev "$1"
  ip addr add "$3/64" dev "$1" nodad
  ip link set "$1" up
  ip -n "$1" addr add "$4/24" dev eth0
  ip -n "$1" addr add "$5/64" dev eth0 nodad
  ip -n "$1" link set eth0 up
  ip -n "$1" route add default via "$2"
  ip -n "$1" -6 route add default via "$3"
}
join container 172.17.0.1 fd00:17::1 172.17.0.2 fd00:17::2
join cloud 10.0.0.2 fd00:10::2 10.0.0.1 fd00:10::1
ip -n cloud addr add 169.254.169.254/32 dev eth0
ip -n cloud addr add fd00:ec2::254/128 dev eth0 nodad
ip route add 169.254.169.254 via 10.0.0.1
ip -6 route add fd00:ec2::254 via fd00:10::1

reaches() { # WHEN WHO ADDRESS COMMAND...
  said="$1 $2 $3"
  address=$3
  shift 3
  if "$@" busybox ping -c 1 -W 3 "$address" >/dev/null 2>&1; then echo "$said yes"; else echo "$said no"; fi
}
all() {
  for address in 169.254.169.254 fd00:ec2::254 10.0.0.1 fd00:10::1; do
    reaches "$1" host "$address" env
    reaches "$1" container "$address" ip netns exec container
  done
}
all before
nft -f "$1"
all after
