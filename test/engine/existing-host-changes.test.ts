import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { App, ExistingHost, type ExistingHostArgs } from "../../index.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import { decodeState } from "../../modules/cli/deployed/state.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { documentedArguments, effectOn } from "../support/clouds/tables.ts";
import { recordedCall } from "../support/engine/session.ts";
import { existingHost, existingHostChanges } from "../support/existing-host-changes.ts";
import { rowOf, saidIn } from "../support/provider/rows.ts";
import { describeProvider } from "../support/provider/session.ts";

await describeProvider("a machine that exists through the engine", (session) => {
  const program = () => {
    const wanted: { args: Partial<ExistingHostArgs> } = { args: {} };
    const run = async (): Promise<object> => {
      const host = new ExistingHost("machine", { ...existingHost, ...wanted.args });
      const inline = { name: "shop", services: { web: { image: "web:1", ports: ["80:8080"] } } };
      const app = new App<"web">("shop", { host, inline });
      return { url: app.services.web.url };
    };
    return { wanted, run };
  };

  test("is told in a preview, with what its app publishes there", async () => {
    const { open, world } = session();
    const stack = await open(program().run);
    const preview = recordedCall();
    await stack.preview(preview);
    expect(saidIn(preview)).toContain("the host agent on 203.0.113.7, by SSH to port 22 as root");
    expect(saidIn(preview)).toContain("shop publishes at 203.0.113.7: 80/tcp");
    expect(world.calls).toEqual([]);
  });

  test("does with each argument what docs/hosts.md says", async () => {
    const { open, folder } = session();
    const files = { privateKeyFile: join(folder, "id_ed25519"), sudoPasswordFile: join(folder, "sudo") };
    await writeFile(files.privateKeyFile, mintKeyPair().privateKey);
    await writeFile(files.sudoPasswordFile, "let me in\n");
    const changes = existingHostChanges(files);
    const { wanted, run } = program();
    const stack = await open(run);
    await stack.up(recordedCall());
    const documented = await documentedArguments("ExistingHost");
    expect(documented.map(({ argument }) => argument).sort()).toEqual(Object.keys(changes).sort());
    for (const { argument, change } of documented) {
      wanted.args = changes[argument] ?? {};
      const effect = await effectOn("stackhouse:index:Agent", stack);
      expect({ argument, effect }).toEqual({ argument, effect: change });
    }
  });

  test("is asked to give up the agent by destroy, and is waited for where it cannot be reached", async () => {
    const { open, world } = session();
    const stack = await open(program().run);
    await stack.up(recordedCall());
    world.dialError = new StackhouseError("ssh.unreachable", "203.0.113.7:22 does not answer");
    await expect(stack.destroy(recordedCall())).rejects.toMatchObject({
      details: expect.arrayContaining([expect.stringContaining("STACKHOUSE_DELETE_UNREACHABLE=true")]),
    });
    world.dialError = undefined;
    await stack.destroy(recordedCall());
    expect(world.calls).toContain("uninstall");
  });

  test("is kept with its app by a refresh while it is silent, and a refresh after that has nothing to say", async () => {
    const { open, world } = session();
    const stack = await open(program().run);
    await stack.up(recordedCall());
    const before = decodeState(await stack.export("plain"));
    world.dialError = new StackhouseError("ssh.unreachable", "203.0.113.7:22 does not answer");
    const refresh = recordedCall();
    await stack.refresh(refresh);
    for (const type of ["Agent", "App"]) {
      expect(
        rowOf(refresh, type)
          .diagnostics.map(({ message }) => message)
          .join(),
      ).toContain("203.0.113.7:22 does not answer: what is known of it stays");
    }
    expect(decodeState(await stack.export("plain"))).toEqual(before);
    world.dialError = undefined;
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
  });

  test("is gone where another machine answers at its address: destroy changes nothing on that one", async () => {
    const { open, world } = session();
    const stack = await open(program().run);
    await stack.up(recordedCall());
    const before = world.calls.length;
    world.dialError = new StackhouseError("ssh.host-key-mismatch", "203.0.113.7:22 has another host key");
    const destroyed = recordedCall();
    await stack.destroy(destroyed);
    expect(saidIn(destroyed)).toContain("that host is gone");
    expect(world.calls.slice(before)).toEqual([]);
  });
});
