/** Debian packages that tests need beside those of the product; the bootstrap installs them where it may. */
export const testPackages: readonly { readonly name: string; readonly why: string }[] = [
  { name: "docker.io", why: "a private Docker Engine for the runtime contract" },
  { name: "busybox-static", why: "the root file system of test images" },
  { name: "docker-registry", why: "pulls from a real registry" },
  { name: "cloud-init", why: "its schema, for what machines in clouds boot with" },
  { name: "cloud-guest-utils", why: "growpart, for partitions whose disk has grown" },
  { name: "nftables", why: "the rules of machines in clouds" },
  { name: "iproute2", why: "networks for these rules" },
  { name: "sudo", why: "users who are not root" },
  { name: "openssh-server", why: "SSH connections and the agent's installation" },
  { name: "python3-venv", why: "moto, an emulated EC2" },
  { name: "fish", why: "completion in fish" },
  { name: "zsh", why: "completion in zsh" },
];
