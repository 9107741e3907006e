import { describe, expect, it } from "@jest/globals";
import { findings } from "../support/stack-files.ts";

const service = (mounts: string): string => `services:\n  web:\n    image: i:1\n    volumes: ${mounts}\n`;
const errorsOf = (text: string): readonly string[] =>
  findings({ files: { "compose.yaml": text }, env: { HOME: "/home/me", DATA: "/data" } }).filter((finding) =>
    finding.includes(" error "),
  );

describe("a mount of files that are where the stack file is, and not on the app's host, is refused", () => {
  it.each([
    ["beside the stack file", "['/d:/d', './html:/html:ro']", "4:24", "./html, which is /shop/html here"],
    ["above it", "[{ type: bind, source: ../conf, target: /conf }]", "4:15", "../conf, which is /conf here"],
    ["in the home folder", "['~/x:/x']", "4:15", "~/x, which is /home/me/x here"],
    ["of a variable", "['./${NONE:-html}:/html']", "4:15", "./${NONE:-html}"],
  ])("%s", (_, mounts, place, mounted) => {
    const [error, ...more] = errorsOf(service(mounts));
    expect(error).toContain(`compose.yaml:${place} error local-mount: services.web mounts ${mounted}`);
    expect(more).toEqual([]);
  });

  it.each([
    ["driver: local, driver_opts: { type: none, o: bind, device: ./data }", 69],
    ["driver: local, driver_opts: { type: none, o: 'ro,bind', device: data }", 74],
    ["driver_opts: { type: none, o: rbind, device: ./data }", 55],
  ])("as a volume: %s", (volume, column) => {
    expect(errorsOf(`${service("['own:/d']")}volumes:\n  own: { ${volume} }\n`)).toEqual([
      expect.stringContaining(`compose.yaml:6:${column} error local-mount: volumes.own mounts `),
    ]);
  });

  it.each([
    ["an absolute path", service("['/srv/html:/html', '${DATA}:/d']")],
    ["a named volume", `${service("['data:/d']")}volumes: { data: }\n`],
    ["a profile that is not active", `${service("[]")}  db: { image: i:1, profiles: [x], volumes: ['./a:/a'] }\n`],
    [
      "a volume that nobody mounts",
      `${service("[]")}volumes: { own: { driver_opts: { type: none, o: bind, device: ./data } } }\n`,
    ],
  ])("but not %s", (_, text) => {
    expect(errorsOf(text)).toEqual([]);
  });
});
