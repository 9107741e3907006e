import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { App } from "../apps/app.ts";
import { ExistingHost } from "../hosts/existing-host.ts";
import type { Host } from "../hosts/host.ts";
import { LocalVm } from "../hosts/local-vm.ts";
import type { BuiltinSettings, LoginSecrets, RunInput } from "./settings.ts";

/** What the built-in program is made from. */
export interface BuiltinArgs {
  readonly settings: BuiltinSettings;
  readonly input: RunInput;
}

/** The Pulumi program for people who have a stack file and no program: one host, one app on it, the URLs as outputs. */
export function builtinProgram({ settings, input }: BuiltinArgs): PulumiFn {
  // The SDK wants a promise.
  // eslint-disable-next-line @typescript-eslint/require-await
  return async () => {
    const { name, projectDirectory, envFiles, profiles, variables } = input;
    const { files, imageArchives } = settings;
    const host = hostFor(name, settings, input.login ?? {});
    const app = new App(name, {
      host,
      name,
      files,
      projectDirectory,
      ...(envFiles === undefined ? {} : { envFiles }),
      profiles,
      secrets: { ...variables },
      imageArchives: [...imageArchives],
    });
    return { release: app.release };
  };
}

function hostFor(name: string, { host, imageArchives }: BuiltinSettings, login: LoginSecrets): Host {
  switch (host.kind) {
    case "local": {
      const { cpus, memoryMiB, diskGiB } = host;
      return new LocalVm(name, {
        preload: [...imageArchives],
        ...(cpus === undefined ? {} : { cpus }),
        ...(memoryMiB === undefined ? {} : { memoryMiB }),
        ...(diskGiB === undefined ? {} : { diskGiB }),
      });
    }
    case "ssh": {
      const { address, hostKey, port, user, allowPublic, jump } = host;
      const { privateKey, jumpPrivateKey, sudoPassword } = login;
      return new ExistingHost(name, {
        ...{ address, hostKey, port, user, privateKey, sudoPassword, allowPublic },
        jump: jump && {
          ...{ address: jump.address, hostKey: jump.hostKey, port: jump.port, user: jump.user },
          privateKey: jumpPrivateKey,
        },
      });
    }
  }
}
