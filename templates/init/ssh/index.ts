import { App, ExistingHost } from "stackhouse";

// A machine that exists: Debian or Ubuntu with systemd and Docker Engine. The host agent is put on it.
const host = new ExistingHost("host", {
  address: {{address}},
  port: {{sshPort}},
  user: {{user}},
  // The one key that is accepted. On the machine: cat /etc/ssh/ssh_host_ed25519_key.pub
  hostKey: {{hostKey}},
  {{login}}
});

// The app of the stack file: started in dependency order, each service waited for until it is healthy.
const app = new App<"web">("{{name}}", { host, files: "compose.yaml" });

export const url = app.services.web.url;
