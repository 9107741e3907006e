/** Debian packages that tests need beside those of the product; the bootstrap installs them where it may. */
export const testPackages: readonly { readonly name: string; readonly why: string }[] = [
  { name: "docker.io", why: "a private Docker Engine for the runtime contract" },
  { name: "busybox-static", why: "the root file system of test images" },
  { name: "docker-registry", why: "pulls from a real registry" },
  { name: "openssh-server", why: "SSH connections and the agent's installation" },
  { name: "fish", why: "completion in fish" },
  { name: "zsh", why: "completion in zsh" },
];
