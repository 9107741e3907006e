import { App, debianImages, LocalVm } from "stackhouse";

// Images made from Debian packages, so that no registry is needed; leave `preload` and `imageArchives` out where one has them.
const images = debianImages("templates/quickstart/images.yaml");

// A VM on this machine, with the host agent on it.
const host = new LocalVm("box", { cpus: 2, memoryMiB: 1024, preload: [images] });

// The app of a stack file: three services, started in order, each waited for until it is healthy.
const app = new App<"web">("quickstart", {
  host,
  files: "templates/quickstart/compose.yaml",
  imageArchives: [images],
});

export const url = app.services.web.url;
