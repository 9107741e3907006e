import { App, debianImages, LocalVm } from "stackhouse";

// A VM on this machine, with the host agent on it.
const host = new LocalVm("box", { cpus: 2, memoryMiB: 1024 });

// The app of a stack file: three services, started in order, each waited for until it is healthy. Its images come from Debian
// packages, so that no registry is needed; leave `imageArchives` out where a registry has them.
const app = new App<"web">("quickstart", {
  host,
  files: "templates/quickstart/compose.yaml",
  imageArchives: [debianImages("templates/quickstart/images.yaml")],
});

export const url = app.services.web.url;
