/** The import rules of ARCHITECTURE.md, held by a tool and not by memory. */
const pure = "^modules/(base|stackfile|plan|protocol)/";

/** What each room may import, `base` and itself besides. */
const rooms = {
  base: [],
  stackfile: [],
  plan: ["stackfile", "protocol"],
  protocol: ["stackfile", "plan"],
  system: [],
  ssh: ["protocol"],
  "agent-client": ["protocol", "plan"],
  "agent-install": ["system", "protocol", "ssh", "agent-client"],
  "agent-routes": ["protocol", "ssh", "agent-client", "agent-install", "hypervisors"],
  images: ["system"],
  hypervisors: ["system", "images"],
  "baked-images": ["system", "protocol", "ssh", "agent-client", "agent-install", "images", "hypervisors"],
  "container-images": ["system", "images"],
  provider: [
    ...["system", "stackfile", "plan", "protocol", "ssh", "agent-client", "agent-install"],
    ...["agent-routes", "images", "hypervisors", "baked-images"],
  ],
  hosts: ["system", "protocol", "stackfile"],
  apps: ["system", "stackfile", "container-images", "hosts", "provider"],
  "builtin-program": ["hosts", "apps"],
  engine: ["system"],
  cli: [
    ...["system", "stackfile", "protocol", "ssh", "agent-client", "agent-install", "agent-routes"],
    ...["images", "hypervisors", "baked-images", "container-images", "engine", "provider", "builtin-program"],
  ],
};
const roomRules = Object.entries(rooms).map(([room, imports]) => ({
  name: `imports-of-${room}`,
  severity: "error",
  from: { path: `^modules/${room}/` },
  to: { path: "^(modules|host-agent|stacks)/", pathNot: ["base", room, ...imports].map((name) => `^modules/${name}/`) },
}));

/** A folder whose folders are layers, from the bottom: each imports itself, those below it, and the files that all may import. */
const layersOf = (place, basics, layers) => {
  const basicFiles = basics.map((name) => `${name}[.]ts$`);
  const folders = layers.map((name) => `${name}/`);
  const rule = (name, from, imports) => ({
    name: `imports-in-${place.replaceAll("/", "-")}-of-${name}`,
    severity: "error",
    from: { path: from.map((part) => `^modules/${place}/${part}`) },
    to: { path: `^modules/${place}/`, pathNot: imports.map((part) => `^modules/${place}/${part}`) },
  });
  return [
    rule("basics", basicFiles, basicFiles),
    ...layers.map((layer, index) => rule(layer, [folders[index]], [...basicFiles, ...folders.slice(0, index + 1)])),
  ];
};
const layerRules = [
  ...layersOf(
    "stackfile",
    [
      ...["budget", "canonical-json", "contents", "model", "network-order", "own", "paths", "rare-characters"],
      ...["replicas", "types", "unknown"],
    ],
    ["tree", "shapes", "forms", "keys", "interpolate", "stages", "checks"],
  ),
  ...layersOf(
    "hypervisors/qemu",
    ["folder", "ports"],
    ["program", "disks", "network", "guest", "machine", "template", "pool", "life"],
  ),
];

const only = (name, dependency, rooms) => ({
  name,
  comment: `${dependency} is imported only in ${rooms.join(", ")}`,
  severity: "error",
  from: { path: "^(modules|host-agent|stacks|index)", pathNot: rooms.map((room) => `^${room}`) },
  to: { path: `node_modules/${dependency}` },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    ...roomRules,
    ...layerRules,
    { name: "pure-rooms-do-no-io", severity: "error", from: { path: pure }, to: { dependencyTypes: ["core"] } },
    {
      name: "agent-imports-pure-rooms-only",
      severity: "error",
      from: { path: "^host-agent/" },
      to: { path: "^(modules|stacks)/", pathNot: pure },
    },
    {
      name: "docker-engine-behind-the-runtime-port",
      severity: "error",
      from: { path: "^(modules|host-agent)/", pathNot: "^host-agent/(runtime/docker/|main)" },
      to: { path: "^host-agent/runtime/docker/" },
    },
    only("ssh2-in-ssh", "(@types/)?ssh2/", ["modules/ssh/"]),
    only("commander-in-cli", "commander/", ["modules/cli/"]),
    only("pulumi-in-its-rooms", "@pulumi/", [
      "modules/hosts/",
      "modules/apps/",
      "modules/builtin-program/",
      "modules/provider/",
      "modules/engine/",
      "stacks/",
      "index",
    ]),
    only("aws-in-its-hosts", "@pulumi/aws/", ["modules/hosts/aws/"]),
    only("digitalocean-in-its-hosts", "@pulumi/digitalocean/", ["modules/hosts/digitalocean/"]),
    {
      name: "clouds-are-imported-by-programs-alone",
      comment: "their libraries are loaded by the programs that have a host there",
      severity: "error",
      from: { path: "^(modules|host-agent|index)", pathNot: "^modules/hosts/(aws|digitalocean)/" },
      to: { path: "^modules/hosts/(aws|digitalocean)/" },
    },
    {
      name: "sqlite-in-store",
      severity: "error",
      from: { path: "^(modules|host-agent)/", pathNot: "^host-agent/store/" },
      to: { path: "^(node:)?sqlite$" },
    },
    { name: "tests-are-not-imported", severity: "error", from: { pathNot: "^test/" }, to: { path: "^test/" } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default"] },
  },
};
