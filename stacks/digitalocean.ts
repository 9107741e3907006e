import * as pulumi from "@pulumi/pulumi";
import { App, debianImages } from "stackhouse";
import { DropletHost } from "stackhouse/digitalocean";

const config = new pulumi.Config();

// A droplet, with the host agent on it: pulumi config set --secret digitalocean:token dop_v1_…
//                                       pulumi config set sshFrom 203.0.113.7/32
const host = new DropletHost("machine", {
  region: config.get("region") ?? "fra1",
  sshFrom: config.get("sshFrom")?.split(","),
  // The counter's volume is on a disk of its own, so it survives the droplet.
  dataVolume: { sizeGiB: 8 },
});

const app = new App<"web">("quickstart", {
  host,
  files: "templates/quickstart/compose.yaml",
  // A port for people; the host's firewall opens it and no other.
  variables: { WEB_PORT: "80:8080" },
  imageArchives: [debianImages("templates/quickstart/images.yaml")],
});

export const url = app.services.web.url;
