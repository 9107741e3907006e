import { posix } from "node:path";
import { PassThrough, Transform, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, constants as zlib } from "node:zlib";
import { StackhouseError } from "../base/errors.ts";
import { silentProgress, type Progress } from "../base/progress.ts";
import { nameOf } from "./names.ts";
import { runCommand } from "./exec.ts";
import type { Link } from "./link.ts";
import type { SshCall, SshExecResult, UploadOptions, UploadResult, UploadSource } from "./types.ts";

/** $1 part, $2 path, $3 digest, $4 mode, $5 size: both scripts. */
const common = `
set -u
bytes() { stat -c %s -- "$1" 2>/dev/null || echo 0; }
right() { [ "$(bytes "$1")" = "$2" ] && [ "$(sha256sum < "$1" | cut -c 1-64)" = "$3" ]; }
`;

/** Says what is there: `present`, or the bytes that an earlier upload left. */
const probeScript = `${common}
if [ -f "$2" ] && right "$2" "$5" "$3"; then
  chmod "$4" -- "$2" && echo present
  exit
fi
mkdir -p -- "$(dirname -- "$2")" || exit
bytes "$1"`;

/**
 * Writes stdin from an offset on; when the part is whole and right, puts it in place. $6 offset, $7 compression.
 * Exit 66: not whole yet, and kept.
 *
 * A part is named after its content's digest and written at offsets. A second upload of the same content, or the rest of
 * one that was cut, writes the same bytes to the same places, so neither can spoil the other; the first to end wins.
 */
const sendScript = `${common}
umask 077
put() { dd of="$1" bs=256k iflag=fullblock oflag=seek_bytes seek="$2" conv=notrunc,fsync status=none; }
case "$7" in
  gzip) gzip -dc 2>/dev/null | put "$1" "$6" ;;
  none) put "$1" "$6" ;;
esac || { rm -f -- "$1"; exit 65; }
if [ -f "$1" ] && [ "$(bytes "$1")" -lt "$5" ]; then
  echo "$(bytes "$1") of $5 bytes arrived and are kept: the next upload goes on there" >&2
  exit 66
fi
if right "$1" "$5" "$3" && chmod "$4" -- "$1" && mv -fT -- "$1" "$2"; then exit 0; fi
rm -f -- "$1"
if right "$2" "$5" "$3"; then exit 0; fi
echo "the content arrived damaged" >&2
exit 65`;

/** Puts a file in place; see `SshSession.upload`. */
export async function uploadFile(
  link: Link,
  target: { readonly file: UploadSource; readonly path: string },
  call: SshCall,
  options: UploadOptions = {},
): Promise<UploadResult> {
  const { file, path } = target;
  const { via } = options;
  const rights = via === undefined ? {} : { via };
  const digest = hexOf(file.digest);
  const name = options.name ?? posix.basename(path);
  const part = posix.join(posix.dirname(path), `.${posix.basename(path)}.${digest.slice(0, 16)}.part`);
  const facts = [part, path, digest, (options.mode ?? 0o644).toString(8), String(file.bytes)];
  const script = (text: string, args: readonly string[]): readonly string[] => [
    ...["sh", "-c", text, "stackhouse-upload", ...args],
  ];

  return link.within(call, `uploading ${name}`, async (signal) => {
    const probe = await runCommand(link, script(probeScript, facts), { ...call, signal }, rights);
    const found = probe.stdout.trim();
    if (probe.exitCode !== 0) throw uploadFailed(link, path, probe);
    if (found === "present") return { sentBytes: 0 };

    const offset = Math.min(Number.parseInt(found, 10), file.bytes);
    const compression = options.compression ?? "none";
    const counter = counting(file, offset, name, options.progress ?? silentProgress);
    const stdin = chain(file.open(offset), counter, compression);
    const argv = script(sendScript, [...facts, String(offset), compression]);
    const sent = await runCommand(link, argv, { ...call, signal }, { stdin, ...rights }).finally(() => stdin.destroy());
    if (sent.exitCode !== 0) throw uploadFailed(link, path, sent);
    return { sentBytes: file.bytes - offset };
  });
}

function uploadFailed(link: Link, path: string, result: SshExecResult): StackhouseError {
  return new StackhouseError("ssh.command-failed", `cannot put ${path} on ${nameOf(link.connection)}`, {
    details: result.stderr.split("\n").filter((line) => line !== ""),
  });
}

function hexOf(digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new StackhouseError("input.invalid", `not a digest: ${digest}`);
  return hex;
}

/** Passes bytes on and tells progress, at most a hundred times. */
function counting(file: UploadSource, offset: number, name: string, progress: Progress): Transform {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);
  const step = Math.max(file.bytes / 100, 256 * 1024);
  let seen = offset;
  let told = -step;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen - told >= step) {
        told = seen;
        progress.status(`uploading ${name} ${megabytes(seen)} of ${megabytes(file.bytes)} MB`);
      }
      done(null, chunk);
    },
  });
}

/** The source through the counter, compressed where asked for; an error anywhere is the result's error. */
function chain(source: Readable, counter: Transform, compression: "none" | "gzip"): Readable {
  // Level 1: the network is the slow part only when it is slow; higher levels cost more than they save.
  const last = compression === "gzip" ? createGzip({ level: zlib.Z_BEST_SPEED }) : new PassThrough();
  pipeline(source, counter, last).catch((error: unknown) => last.destroy(error as Error));
  return last;
}
