#!/bin/sh
# mmdebstrap runs this beside the finished root file system, as its root user. It takes out what boots it and makes its disk.
# Results are left in /boot of the new root, from where mmdebstrap hands them over: kernel.bz, initrd, disk.qcow2, packages.
# DISK_BYTES: size of the disk; INITRAMFS_MODULES: what the initial RAM disk loads, dependencies are found here.
set -eu
root=$1
work=$(mktemp -d "$(dirname "$root")/stackhouse.XXXXXX")
trap 'rm -rf "$work"' EXIT

# No key and no identity is in an image; no password opens anything ("*" is no hash of any password).
rm -f "$root"/etc/ssh/ssh_host_* "$root"/var/lib/dbus/machine-id "$root"/var/lib/systemd/random-seed
: >"$root/etc/machine-id"
sed -i 's/^root:[^:]*:/root:*:/' "$root/etc/shadow"

# The older way into netfilter: a third less per call under emulation, and the Docker Engine makes a hundred of them.
chroot "$root" update-alternatives --set iptables /usr/sbin/iptables-legacy
chroot "$root" update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy

kernel=$(basename "$root"/usr/lib/modules/*)
# Loading a compressed module costs more than reading a larger one.
find "$root/usr/lib/modules/$kernel" -name '*.ko.xz' -exec xz --decompress {} +
chroot "$root" depmod "$kernel"

# The initial RAM disk: busybox, our init, and the modules in the order in which they load.
ram=$root/boot/initramfs
mkdir -p "$ram/bin" "$ram/modules" "$ram/proc" "$ram/sys" "$ram/dev" "$ram/root"
cp "$root/usr/bin/busybox" "$ram/bin/busybox"
mv "$root/boot/initramfs-init" "$ram/init"
for module in $INITRAMFS_MODULES; do
  chroot "$root" modprobe --set-version "$kernel" --show-depends "$module"
done | while read -r verb path _; do
  name=$(basename "$path")
  [ "$verb" = insmod ] && [ ! -e "$ram/modules/$name" ] || continue
  cp "$root$path" "$ram/modules/$name"
  echo "$name"
done >"$ram/order"
mv "$ram/order" "$ram/modules/order"
chroot "$root" sh -c 'cd /boot/initramfs && find . | cpio --quiet --create --format=newc' >"$work/initrd"

# systemd would load it again, and it shows the identity document, with the host key, to every root in the guest.
rm "$root/usr/lib/modules/$kernel/kernel/drivers/firmware/qemu_fw_cfg.ko"
chroot "$root" depmod "$kernel"

chroot "$root" dpkg-query --show >"$work/packages"
mv "$root"/boot/vmlinuz-* "$work/kernel.bz"
rm -rf "$root"/boot/* "$root"/initrd.img* "$root"/vmlinuz* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* \
  "$root"/var/cache/debconf/* "$root"/var/log/* "$root"/usr/lib/udev/hwdb.bin "$root"/usr/lib/udev/hwdb.d
# systemd rebuilds caches at boot when /usr is newer than these.
touch "$root/etc/.updated" "$root/var/.updated"

# A plain bind mount of the root: without what mmdebstrap has mounted in it.
mkdir "$work/root"
mount --bind "$root" "$work/root"
trap 'umount "$work/root"; rm -rf "$work"' EXIT
truncate --size="$DISK_BYTES" "$work/disk.raw"
# The journal is small, and empty tables are left to be zero: the image stays small and its copies too.
mke2fs -q -F -t ext4 -m 0 -L root -J size=32 -E lazy_itable_init=1,lazy_journal_init=1,nodiscard -d "$work/root" "$work/disk.raw"
qemu-img convert -q -f raw -O qcow2 "$work/disk.raw" "$work/disk.qcow2"
rm "$work/disk.raw"
mv "$work/kernel.bz" "$work/initrd" "$work/packages" "$work/disk.qcow2" "$root/boot/"
