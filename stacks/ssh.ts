import * as pulumi from "@pulumi/pulumi";
import { App, debianImages, ExistingHost } from "stackhouse";

const config = new pulumi.Config();

// A machine that exists: pulumi config set address 203.0.113.7
//                         pulumi config set hostKey "ssh-ed25519 AAAA…"
const host = new ExistingHost("machine", {
  address: config.require("address"),
  port: config.getNumber("port"),
  user: config.get("user"),
  hostKey: config.require("hostKey"),
  // Without a key, your SSH agent is asked.
  privateKeyFile: config.get("privateKeyFile"),
  // Where sudo asks the user for one: pulumi config set --secret sudoPassword
  sudoPassword: config.getSecret("sudoPassword"),
});

const app = new App<"web">("quickstart", {
  host,
  files: "templates/quickstart/compose.yaml",
  imageArchives: [debianImages("templates/quickstart/images.yaml")],
});

export const url = app.services.web.url;
