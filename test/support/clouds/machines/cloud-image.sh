#!/bin/sh
# mmdebstrap runs this beside the finished root file system, as its root user: a machine as clouds have it, with cloud-init. Results are
# left in /boot of the new root, from where mmdebstrap hands them over: kernel, initrd, disk.qcow2.
set -eu
root=$1
work=$(mktemp -d "$(dirname "$root")/stackhouse.XXXXXX")
trap 'rm -rf "$work"' EXIT

rm -f "$root"/etc/ssh/ssh_host_* "$root"/var/lib/dbus/machine-id "$root"/var/lib/systemd/random-seed
: >"$root/etc/machine-id"
sed -i 's/^root:[^:]*:/root:*:/' "$root/etc/shadow"
printf '/dev/vda / ext4 rw,noatime 0 1\n' >"$root/etc/fstab"

# The guest reaches no network: the packages that user data wants are there, and nobody is asked for newer ones.
: >"$root/etc/apt/sources.list"
rm -f "$root"/etc/apt/sources.list.d/*

# The seed disk stands for the metadata service; the network card is QEMU's.
printf 'datasource_list: [NoCloud]\n' >"$root/etc/cloud/cloud.cfg.d/95-datasource.cfg"
printf 'network: {config: disabled}\n' >"$root/etc/cloud/cloud.cfg.d/95-network.cfg"
printf '[Match]\nName=e*\n[Network]\nDHCP=ipv4\n' >"$root/etc/systemd/network/80-card.network"

# QEMU names its NVMe disks after itself, EC2 after EBS.
printf 'KERNEL=="nvme*n1", ATTRS{serial}=="vol*", SYMLINK+="disk/by-id/nvme-Amazon_Elastic_Block_Store_$attr{serial}"\n' \
  >"$root/etc/udev/rules.d/90-ebs.rules"

chroot "$root" systemctl enable --quiet systemd-networkd.service
# What takes time at an emulated boot and has no part in what is tested.
chroot "$root" systemctl mask --quiet systemd-networkd-wait-online.service getty@tty1.service serial-getty@ttyS0.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  systemd-pstore.service systemd-binfmt.service

# An emulated processor loads a compressed module later than it reads a larger one.
find "$root/usr/lib/modules" -name '*.ko.xz' -exec xz --decompress {} +
chroot "$root" depmod "$(basename "$root"/usr/lib/modules/*)"

mv "$root"/boot/vmlinuz-* "$work/kernel"
mv "$root"/boot/initrd.img-* "$work/initrd"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/log/*
touch "$root/etc/.updated" "$root/var/.updated"

# A plain bind mount of the root: without what mmdebstrap has mounted in it.
mkdir "$work/root"
mount --bind "$root" "$work/root"
trap 'umount "$work/root"; rm -rf "$work"' EXIT
truncate --size=4G "$work/disk.raw"
mke2fs -q -F -t ext4 -m 0 -L root -J size=32 -E lazy_itable_init=1,lazy_journal_init=1,nodiscard -d "$work/root" "$work/disk.raw"
qemu-img convert -q -f raw -O qcow2 "$work/disk.raw" "$work/disk.qcow2"
rm "$work/disk.raw"
mv "$work/kernel" "$work/initrd" "$work/disk.qcow2" "$root/boot/"
