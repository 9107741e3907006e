// QEMU as far as the driver sees it: a monitor, a pid file, and a guest that has no more than a porter. It fails where a test says
// so. FAKE_QEMU: a folder with `faults.json`; what was asked of every process is noted in its `journal`, a line each.

import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";

const args = process.argv.slice(2);
const place = process.env["FAKE_QEMU"] ?? "";
const isTrial = args[args.indexOf("-machine") + 1] === "none";
const kind = isTrial
  ? "trial"
  : process.cwd().includes("/making/")
    ? "template"
    : process.cwd().includes("/pool/")
      ? "member"
      : args.includes("-incoming")
        ? "clone"
        : "boot";
// What is unborn begins; the memory of all else knows who it is.
let isIdentified = kind === "boot" || (kind === "clone" && !existsSync("unborn"));

/** What is to happen at a stage, undefined where nothing is. A fault with `times` happens that often, in all processes together. */
function stage(/** @type {string} */ name) {
  const journal = join(place, "journal");
  const before = existsSync(journal) ? readFileSync(journal, "utf8").split("\n") : [];
  appendFileSync(journal, `${kind} ${name}\n`);
  /** @type {{ on: string, at: string, does: "dies" | "ends" | "refuses" | "hangs up" | "ignores", says?: string, times?: number }[]} */
  const faults = JSON.parse(readFileSync(join(place, "faults.json"), "utf8"));
  const fault = faults.find(({ on, at }) => on === kind && at === name);
  if (fault === undefined) return undefined;
  if (before.filter((line) => line === `${kind} ${name}`).length >= (fault.times ?? Number.POSITIVE_INFINITY))
    return undefined;
  if (fault.does === "dies") process.kill(process.pid, "SIGKILL");
  if (fault.does === "ends") {
    rmSync("qemu.pid", { force: true });
    process.exit();
  }
  return fault;
}

const launch = stage("launch");
if (launch !== undefined) {
  process.stderr.write(`${launch.says ?? "qemu: refused"}\n`);
  process.exit(1);
}
if (args.some((argument) => argument.includes("share=on"))) writeFileSync("ram", "memory");
for (const file of filesOf(args)) {
  if (existsSync(file)) continue;
  process.stderr.write(`qemu: could not open '${file}': No such file or directory\n`);
  process.exit(1);
}

/** Why its last migration failed, where it did. */
let migrated = missing(process.cwd());

const monitor = createServer((client) => {
  const say = (/** @type {unknown} */ answer) => client.write(`${JSON.stringify(answer)}\r\n`);
  say({ QMP: { version: {}, capabilities: [] } });
  onLines(client, (line) => {
    const { execute, arguments: options } = JSON.parse(line);
    const fault = stage(execute);
    if (fault?.does === "ignores") return;
    if (execute === "migrate") migrated = undefined;
    if (execute === "migrate-incoming") migrated = missing(options.channels[0].addr.filename);
    if (fault?.does === "refuses") {
      if (execute === "query-migrate") say({ return: { status: "failed", "error-desc": fault.says } });
      else say({ error: { class: "GenericError", desc: fault.says ?? "refused" } });
      return;
    }
    if (execute === "migrate") writeFileSync(options.channels[0].addr.filename, isTrial ? counted() : state());
    if (execute === "device_add") devices.add(options.id);
    if (execute === "stop") status = "paused";
    if (execute === "cont") status = "running";
    if (execute === "human-monitor-command") return say({ return: usernet(options["command-line"]) });
    say({ return: answer(execute) });
    // Its guest hears the power button at once, unless it stands still.
    if (execute === "system_powerdown" && status === "running") process.exit();
  });
});

function missing(/** @type {string} */ file) {
  return existsSync(file) ? undefined : `no file ${file}`;
}

/** The files that it begins with: kernel, initial RAM disk, memory, and disks with what these stand on. */
function filesOf(/** @type {string[]} */ argv) {
  return argv.flatMap((argument, index) => {
    const option = argv[index - 1];
    if (option === "-kernel" || option === "-initrd") return [argument];
    if (option === "-blockdev") return chainOf(JSON.parse(argument).file.filename);
    return /\bmem-path=([^,]+)/u.exec(argument)?.slice(1) ?? [];
  });
}

/** @returns {string[]} a disk, and all that it stands on */
function chainOf(/** @type {string} */ disk) {
  if (!existsSync(disk)) return [disk];
  const backing = /^disk on (.+)$/u.exec(readFileSync(disk, "utf8"))?.[1];
  return backing === undefined ? [disk] : [disk, ...chainOf(join(dirname(disk), backing))];
}

/** Ports of the workstation that lead into the guest. @type {Map<string, { protocol: string, host: string, port: string, guest: string }>} */
const forwards = new Map();
for (const [rule] of args.join(" ").matchAll(/(?<=hostfwd=)[^,\s]+/gu)) open(rule);

function open(/** @type {string} */ rule) {
  const [, protocol = "", host = "", port = "", guest = ""] = /^(\w+):([^:]*):(\d+)-.*:(\d+)$/u.exec(rule) ?? [];
  forwards.set(`${protocol}:${host}:${port}`, { protocol, host, port, guest });
}

/** What its monitor for people says of them. */
function usernet(/** @type {string} */ command) {
  const [verb, , rule = ""] = command.split(" ");
  if (verb === "hostfwd_add") open(rule);
  if (verb === "hostfwd_remove") return forwards.delete(rule) ? "host forwarding rule removed" : "not found";
  if (verb !== "info") return "";
  const rows = [...forwards.values()].map(
    ({ protocol, host, port, guest }) =>
      `  ${protocol.toUpperCase()}[HOST_FORWARD]  9 ${host} ${port} 10.0.2.15 ${guest} 0 0`,
  );
  return rows.join("\r\n");
}

/** Those that can be told by their ids. */
const devices = new Set(args.flatMap((argument) => /^virtio-.*,id=([\w-]+)/u.exec(argument)?.[1] ?? []));

function state() {
  return `state ${Date.now()} ${process.pid}`;
}

/** A state as far as it says how the processor counts: with 2500 MHz. */
function counted() {
  const numbers = Buffer.alloc(32);
  numbers.writeBigInt64BE(2_500_000_000n, 8);
  numbers.writeBigInt64BE(1_000_000_000n, 24);
  return Buffer.concat([Buffer.from("QEVM\u0005timer", "latin1"), numbers]);
}

let status = args.includes("-incoming") ? "inmigrate" : "running";

function answer(/** @type {string} */ command) {
  /** @type {Record<string, unknown>} */
  const answers = {
    "query-migrate": migrated === undefined ? { status: "completed" } : { status: "failed", "error-desc": migrated },
    "query-status": { status },
    "query-named-block-nodes": [],
    "qom-list": [...devices].map((name) => ({ name })),
  };
  return answers[command] ?? {};
}

/** How much too fast its guest's clock runs. */
const clockRate = Number(readFileSync(join(place, "clock-rate"), "utf8"));
const startedAt = performance.now();

const porter = createServer((client) => {
  /** @type {string[]} */
  let document = [];
  let to = "";
  const say = (/** @type {string} */ answer) => client.write(`${to}${answer}\n`);
  onLines(client, (line) => {
    if (line.startsWith("for ")) {
      to = `${line.slice("for ".length)} `;
      return;
    }
    document = /^stackhouse-/u.test(line) ? [line] : [...document, line];
    const kind = document[0]?.startsWith("stackhouse-disks ") ? "disks" : "identify";
    const request =
      line === "hello" ? "hello" : line.startsWith("clock ") ? "clock" : line === "end" ? kind : undefined;
    if (line === "uptime") say(`up ${((clockRate * (performance.now() - startedAt)) / 1000).toFixed(2)}`);
    if (request === undefined) return;
    const fault = stage(request);
    if (fault?.does === "hangs up") {
      client.destroy();
      return;
    }
    if (fault?.does === "ignores") return;
    if (fault?.does === "refuses") {
      say(`failed ${fault.says ?? "refused"}`);
      return;
    }
    if (request === "identify") isIdentified = true;
    if (request === "disks") {
      for (const disk of document) if (disk.startsWith("data-disk ")) say(`disk ${disk.split(" ")[1]}`);
    }
    const replies = {
      hello: isIdentified ? "identified" : "template",
      clock: "set",
      identify: "identified",
      disks: "settled",
    };
    say(replies[request]);
  });
});

function onLines(/** @type {import("node:net").Socket} */ client, /** @type {(line: string) => void} */ take) {
  let rest = "";
  client.on("error", () => undefined);
  client.setEncoding("utf8").on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.filter((line) => line.trim() !== "").forEach(take);
  });
}

// A test that was killed ends nobody.
setTimeout(() => process.exit(), 120_000).unref();
// Of a process that was killed.
for (const socket of ["qmp.sock", "porter.sock"]) rmSync(socket, { force: true });
monitor.listen("qmp.sock", () => {
  porter.listen("porter.sock", () => {
    writeFileSync("qemu.pid", `${process.pid}\n`);
    process.send?.("ready");
    process.disconnect();
  });
});
