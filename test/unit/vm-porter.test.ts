import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { StackhouseError } from "../../modules/base/errors.ts";
import { openPorter, type Porter } from "../../modules/hypervisors/qemu/guest/porter.ts";
import { testFolder, type TestFolder } from "../support/folder.ts";
import { listening } from "../support/listening.ts";

let place: TestFolder;
beforeEach(async () => {
  place = await testFolder();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
});

/** What a guest says to a line, if anything; it leaves where that is undefined. */
type Guest = (line: string) => string | undefined;

async function withGuest(
  guest: Guest,
  use: (porter: Porter) => Promise<void>,
  signal: AbortSignal = AbortSignal.timeout(20_000),
): Promise<void> {
  const server: Server = createServer((client: Socket) => {
    client.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\n").filter(Boolean)) {
        const answer = guest(line);
        if (answer === undefined) client.destroy();
        else if (answer !== "") client.write(`${answer}\n`);
      }
    });
  });
  await using _server = await listening(server, join(place.path, "porter.sock"));
  await using porter = await openPorter(place.path, { answerMs: 300, signal });
  await use(porter);
}

const document = "stackhouse-identity 1\nhostname box\nend\n";

describe("a guest that is given its identity", () => {
  it("has it when it says so", async () => {
    await withGuest(
      (line) => (line === "end" ? "identified" : ""),
      async (porter) => {
        await expect(porter.identify(document)).resolves.toBeUndefined();
      },
    );
  });

  it.each<[string, Guest, RegExp]>([
    ["never answers, as when the message was lost", () => "", /was silent for 0.3 s/u],
    ["cannot take it on", (line) => (line === "end" ? "failed no space left" : ""), /no space left/u],
    ["leaves in the middle", (line) => (line === "end" ? undefined : ""), /the VM ended/u],
    ["says something else", (line) => (line === "end" ? "template" : ""), /answers template where identified/u],
  ])("has none where it %s", async (_what, guest, message) => {
    await withGuest(guest, async (porter) => {
      await expect(porter.identify(document)).rejects.toThrow(message);
    });
  });
});

describe("a guest that gets only now to what somebody before has asked", () => {
  const earlier = "0".repeat(32);

  /** As a guest of this version: it says whom an answer is for. */
  function late(...answers: readonly string[]): Guest {
    let to = "";
    return (line) => {
      if (line.startsWith("for ")) {
        to = line.slice("for ".length);
        return answers.map((answer) => `${earlier} ${answer}`).join("\n");
      }
      const answer = { hello: "template", uptime: "up 20.15", end: "identified" }[line];
      return answer === undefined ? "" : `${to} ${answer}`;
    };
  }

  it.each<[string, Guest]>([
    ["an answer of the same kind", late("template", "up 3.5")],
    ["a failure", late("failed no such disk")],
  ])("is not misunderstood where that gets %s", async (_what, guest) => {
    await withGuest(guest, async (porter) => {
      expect(await porter.hello()).toBe("template");
      expect(await porter.uptime()).toBe(20.15);
      await porter.identify(document);
    });
  });
});

it("whoever breaks a talk with a guest off gives the reason", async () => {
  const user = new AbortController();
  const interrupted = new StackhouseError("cancelled", "interrupted");
  const silent: Guest = () => {
    user.abort(interrupted);
    return "";
  };
  const talk = async (porter: Porter): Promise<void> => {
    expect(await porter.hello().catch((error: unknown) => error)).toBe(interrupted);
  };
  await withGuest(silent, talk, user.signal);
});

describe("a guest that is asked how long it has run", () => {
  it.each<[string, Guest, number | "unknown"]>([
    ["says it in seconds", (line) => ({ uptime: "up 20.15", hello: "template" })[line] ?? "", 20.15],
    ["does not know the word, of an older image", (line) => (line === "hello" ? "template" : ""), "unknown"],
  ])("%s", async (_what, guest, expected) => {
    await withGuest(guest, async (porter) => {
      expect(await porter.uptime()).toBe(expected);
      expect(await porter.hello()).toBe("template");
    });
  });

  it("is not understood where it says something else", async () => {
    await withGuest(
      (line) => ({ uptime: "up a while", hello: "template" })[line] ?? "",
      async (porter) => {
        await expect(porter.uptime()).rejects.toThrow(/answers up a while where its uptime was expected/u);
      },
    );
  });
});

describe("a guest that is told of its disks", () => {
  const disks = "stackhouse-disks 1\ndisk-gib 8\nend\n";

  it.each<[string, Guest, "done" | "unknown"]>([
    ["uses them when it says so", (line) => ({ end: "settled", hello: "identified" })[line] ?? "", "done"],
    ["of an older image does not understand", (line) => (line === "hello" ? "identified" : ""), "unknown"],
  ])("%s", async (_what, guest, result) => {
    await withGuest(guest, async (porter) => {
      expect(await porter.useDisks(disks, async () => undefined)).toBe(result);
    });
  });

  it("names each one that is in use, also where it cannot use another", async () => {
    const inUse: string[] = [];
    await withGuest(
      (line) => ({ end: "disk data\ndisk logs\nfailed the data disk cache: no such disk" })[line] ?? "",
      async (porter) => {
        const telling = porter.useDisks(disks, async (name) => void inUse.push(name));
        await expect(telling).rejects.toThrow("the data disk cache: no such disk");
      },
    );
    expect(inUse).toEqual(["data", "logs"]);
  });

  it("says which one it cannot use", async () => {
    await withGuest(
      (line) => ({ end: "failed the data disk logs: mount: bad superblock", hello: "identified" })[line] ?? "",
      async (porter) => {
        await expect(porter.useDisks(disks, async () => undefined)).rejects.toMatchObject({
          code: "vm.unreachable",
          message: expect.stringContaining("the data disk logs: mount: bad superblock"),
        });
      },
    );
  });
});
