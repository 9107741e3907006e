import * as pulumi from "@pulumi/pulumi";
import { App, debianImages } from "stackhouse";
import { Ec2Host } from "stackhouse/aws";

const config = new pulumi.Config();

// An EC2 instance, with the host agent on it: pulumi config set aws:region eu-central-1
//                                             pulumi config set sshFrom 203.0.113.7/32
const host = new Ec2Host("machine", {
  instanceType: "t3.small",
  sshFrom: config.get("sshFrom")?.split(","),
  // The counter's volume is on a disk of its own, so it survives the instance.
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
