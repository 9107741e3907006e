# Makes the namespaces of a private Docker Engine a machine that can be a host: $1 is the engine's folder, $2 its systemctl.
# What is written to these folders is in a layer of their own, so that it can be told, and is gone with the namespaces.
for folder in etc opt var/lib; do
  mkdir -p "/run/layers/$folder/written" "/run/layers/$folder/work" "/run/layers/$folder/below"
  mount --bind "/$folder" "/run/layers/$folder/below"
  mount -t overlay -o "lowerdir=/$folder,upperdir=/run/layers/$folder/written,workdir=/run/layers/$folder/work" \
    overlay "/$folder"
done
mkdir -p /run/systemd/system /run/sshd
ln -s "$1/docker.sock" /run/docker.sock
mount --bind "$2" /usr/bin/systemctl
