import { App } from "stackhouse";
import { DropletHost } from "stackhouse/digitalocean";

// A droplet, with the host agent on it. Its firewall opens SSH, and the ports that compose.yaml publishes.
const host = new DropletHost("host", {
  region: {{region}},
  size: "s-1vcpu-2gb",
  // Who may log in: your own address is safer than the world. sshFrom: ["203.0.113.7/32"]
  // Named volumes are on a disk of their own, which survives the host.
  dataVolume: { sizeGiB: 8 },
});

// The app of the stack file: started in dependency order, each service waited for until it is healthy.
const app = new App<"web">("{{name}}", { host, files: "compose.yaml" });

export const url = app.services.web.url;
