import * as pulumi from "@pulumi/pulumi";

// Where the app lives: `pulumi config set host local`, or `ssh`.
const programs = { local: () => import("./local.ts"), ssh: () => import("./ssh.ts") };
const host = new pulumi.Config().require<keyof typeof programs>("host", { allowedValues: ["local", "ssh"] });

export const { url } = await programs[host]();
