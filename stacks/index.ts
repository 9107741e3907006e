import * as pulumi from "@pulumi/pulumi";

// Where the app lives: `pulumi config set host local`, or `ssh`, `aws`, `digitalocean`. Only that program is loaded.
const programs = {
  local: () => import("./local.ts"),
  ssh: () => import("./ssh.ts"),
  aws: () => import("./aws.ts"),
  digitalocean: () => import("./digitalocean.ts"),
};
const host = new pulumi.Config().require<keyof typeof programs>("host", {
  allowedValues: ["local", "ssh", "aws", "digitalocean"],
});

export const { url } = await programs[host]();
