import { App, LocalVm } from "stackhouse";

// A VM on this machine, with the host agent on it.
const host = new LocalVm("host", { cpus: 2, memoryMiB: 1024 });

// The app of the stack file: started in dependency order, each service waited for until it is healthy.
const app = new App<"web">("{{name}}", { host, files: "compose.yaml" });

export const url = app.services.web.url;
