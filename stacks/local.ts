import * as pulumi from "@pulumi/pulumi";
import { App, LocalVm } from "stackhouse";

const config = new pulumi.Config();

// A VM on this machine, with the host agent on it.
const host = new LocalVm("box", { cpus: 2, memoryMiB: 1024 });

// The app of a stack file: three services, started in order, each waited for until it is healthy.
const app = new App<"web">("quickstart", {
  host,
  files: "templates/quickstart/compose.yaml",
  // Archives of images that no registry has; `npm run quickstart` builds one and sets this.
  imageArchives: config.requireObject<string[]>("imageArchives"),
});

export const url = app.services.web.url;
