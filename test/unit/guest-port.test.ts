import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "@jest/globals";
import { packageRoot } from "../../modules/system/package-root.ts";

const library = join(packageRoot(), "templates", "guest", "rootfs", "opt", "stackhouse", "lib");

/** Its port is its standard output, which takes nothing more: so a port is for who has come without the kernel's word of it. */
const unseen = `
  use strict; use warnings;
  use Fcntl qw(F_SETFL O_NONBLOCK O_WRONLY);
  use Stackhouse::Port;
  fcntl STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK;
  1 while syswrite STDOUT, '.' x 65536;
  1 while syswrite STDOUT, '.';
  my $port = { handle => *STDOUT, unseen => 0 };
  Stackhouse::Port::heard($port);
  syswrite STDERR, 'heard';
  Stackhouse::Port::say($port, "template\n");
`;

function guest(): ChildProcessWithoutNullStreams {
  return spawn("perl", [`-I${library}`, "-e", unseen]);
}

test("a guest's answer waits for its kernel to see who asked", async () => {
  const perl = guest();
  await once(perl.stderr, "data");
  expect(await text(perl.stdout)).toMatch(/^\.+template\n$/u);
});

test("a guest's answer to who has left is dropped", async () => {
  const perl = guest();
  const [exitCode] = (await once(perl, "exit")) as [number];
  expect(exitCode).toBe(0);
  expect(await text(perl.stdout)).toMatch(/^\.+$/u);
});
