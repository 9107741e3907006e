import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { packageRoot } from "../../modules/system/package-root.ts";

const library = join(packageRoot(), "templates", "guest", "rootfs", "opt", "stackhouse", "lib");

/** Answers at a port that takes nothing more: so a port is for who has come without the kernel's word of it. After so many seconds, if any, it does. */
const answer = `
  use strict; use warnings;
  use Fcntl qw(F_SETFL O_NONBLOCK);
  use Stackhouse::Port;
  pipe my $host, my $handle or die $!;
  fcntl $_, F_SETFL, O_NONBLOCK for $host, $handle;
  1 while syswrite $handle, '.' x 65536;
  1 while syswrite $handle, '.';
  $SIG{ALRM} = sub { 1 while sysread $host, my $dots, 65536 };
  alarm $ARGV[0];
  my $port = { handle => $handle, unseen => 0 };
  Stackhouse::Port::heard($port);
  Stackhouse::Port::say($port, "template");
  my $said = '';
  while (sysread $host, my $bytes, 65536) { $said .= $bytes }
  print $said =~ s/^\\.+//r;
`;

test.each([
  ["waits for its kernel to see who asked", 1, "template"],
  ["is dropped where who asked has left", 0, ""],
])("a guest's answer %s", async (_, seconds, said) => {
  const { stdout } = await promisify(execFile)("perl", [`-I${library}`, "-e", answer, String(seconds)]);
  expect(stdout).toBe(said);
});
