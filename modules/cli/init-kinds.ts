import type { InitOptions } from "./commands/init.ts";
import type { Blanks } from "./init-project.ts";

/** What a project's files say about the kind of its host, besides its program. */
export function blanksFor({ host, region }: Pick<InitOptions, "host" | "region">): Blanks {
  switch (host) {
    case "local":
      return {
        ...without,
        ...{ port: "80", portNote: 'The port that people use is chosen free on a local VM; "8080:80" fixes it.' },
        needs: "It needs QEMU on this machine: `stackhouse doctor` says what is missing.",
      };
    case "ssh":
      return {
        ...without,
        ...{ port: "80", portNote: 'The port that people use is chosen free by Docker Engine; "8080:80" fixes it.' },
        needs: "It needs a way in to the machine over SSH, as root or with sudo.",
      };
    case "aws": {
      const where = region ?? "eu-central-1";
      return {
        ...fixedPort,
        region: where,
        settings: `config:\n  aws:region: ${where}\n`,
        needs:
          "It needs credentials for AWS, as `aws configure` or the environment gives them. What it makes there costs money.",
      };
    }
    case "digitalocean":
      return {
        ...fixedPort,
        region: region ?? "fra1",
        settings: "",
        needs: "It needs a token for DigitalOcean, in `DIGITALOCEAN_TOKEN`. What it makes there costs money.",
      };
  }
}

const without = { settings: "", region: "" };

const fixedPort = {
  port: "80:80",
  portNote: "The port that people use. The host's firewall opens what is published here, and nothing else.",
};

/** The library of a cloud, which only projects with a host there depend on. */
export const cloudLibrary: Readonly<Record<InitOptions["host"], string | undefined>> = {
  local: undefined,
  ssh: undefined,
  aws: "@pulumi/aws",
  digitalocean: "@pulumi/digitalocean",
};
