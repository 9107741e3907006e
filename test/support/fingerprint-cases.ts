/** A key of a service with two values that make two different containers. */
export interface FingerprintCase {
  readonly key: string;
  readonly value: unknown;
  readonly other: unknown;
  /** Of a service with this value, for ever. */
  readonly fingerprint: string;
}

/** What the values refer to. */
export const declared = {
  networks: { front: {}, back: {} },
  volumes: { data: {}, more: {} },
  configs: { one: { content: "1" }, two: { content: "2" } },
  secrets: { one: { environment: "ONE" }, two: { environment: "TWO" } },
} as const;

/** Every key of a service that makes a container what it is. */
export const fingerprintCases: readonly FingerprintCase[] = [
  {
    key: "annotations",
    value: { a: "1" },
    other: { a: "2" },
    fingerprint: "v1:sha256:3119dc35005d901ab8e7be46b9851c919ec36ed5691b0edb85224d13331d263a",
  },
  {
    key: "cap_add",
    value: ["NET_ADMIN"],
    other: ["SYS_TIME"],
    fingerprint: "v1:sha256:25265aa6c4c4e80a7f7c1da914fc687891a2f44c0fe932b5a3b535279afdd719",
  },
  {
    key: "cap_drop",
    value: ["ALL"],
    other: ["NET_RAW"],
    fingerprint: "v1:sha256:5ffb70655187ba0f7efc529a2573e180d10cf7f6b9b41b69763f7d63fe7641f4",
  },
  {
    key: "command",
    value: ["a", "b"],
    other: ["a b"],
    fingerprint: "v1:sha256:5ff625e16a5003940e21f1ce9caee2e9aff55242d94dcd78643474c82878662b",
  },
  {
    key: "configs",
    value: [{ source: "one" }],
    other: [{ source: "two" }],
    fingerprint: "v1:sha256:8a32946491febbe8b4a77dd877292d5bb6897ff78d9e8e2ce26027cc6ca2380a",
  },
  {
    key: "container_name",
    value: "one",
    other: "two",
    fingerprint: "v1:sha256:f326a1ff9f5bc7e9581781baf3d02d5dc306f0ea1da7a15cf035a8e473f974f7",
  },
  {
    key: "cpus",
    value: 0.5,
    other: 1.5,
    fingerprint: "v1:sha256:e4dc0b48bc3b01fb60be37b1ca9c809e2822ef7fa6ef9997d810761eb6bad488",
  },
  {
    key: "deploy",
    value: { resources: { limits: { memory: "1m" } } },
    other: { resources: { limits: { memory: "2m" } } },
    fingerprint: "v1:sha256:92504c7c6245147d35115779ee690f10e7ebca33e7d81a58ea7da005ae6e7cce",
  },
  {
    key: "devices",
    value: ["/dev/null"],
    other: ["/dev/null:/dev/zero"],
    fingerprint: "v1:sha256:7c217c8e2257a5aa2e82a761ec9b3ac1babe002f5d744d50abc31915f0bc3bbd",
  },
  {
    key: "dns",
    value: ["192.0.2.1"],
    other: ["192.0.2.2"],
    fingerprint: "v1:sha256:810cbb587d4aa3ccd8beae555a17dbd34bf66bfe0e27eae8db57667472b9fe45",
  },
  {
    key: "dns_opt",
    value: ["ndots:1"],
    other: ["ndots:2"],
    fingerprint: "v1:sha256:7642fb347005d73d2d6987a4c57a6b4806d4f07ec45aef05fef3a68f1ddd0945",
  },
  {
    key: "dns_search",
    value: ["one.example"],
    other: ["two.example"],
    fingerprint: "v1:sha256:7927290563381c7bcea5cbb055e4d6ca144b1909b0fb192786a6193babc0dde9",
  },
  {
    key: "domainname",
    value: "one.example",
    other: "two.example",
    fingerprint: "v1:sha256:a8623f11ca4ff42d62b9c59bf1def8ef3cd8e893854b196487e9233034b187e4",
  },
  {
    key: "entrypoint",
    value: ["a"],
    other: [],
    fingerprint: "v1:sha256:4ab8489231a007f59dd175aa59956e3de716fe45c042c5d195659ac6901a71cc",
  },
  {
    key: "environment",
    value: { A: "1" },
    other: { A: "" },
    fingerprint: "v1:sha256:f387c64ef8717949d1c9e434e9c5e1d3ab9a75c6d8bb53e39650b37995fb13bb",
  },
  {
    key: "expose",
    value: ["80"],
    other: ["81"],
    fingerprint: "v1:sha256:e224ea5230a4118be88fd7900bd971c44efaebec2a7440c286b8ec1f62bedad0",
  },
  {
    key: "extra_hosts",
    value: ["a=192.0.2.1"],
    other: ["a=192.0.2.2"],
    fingerprint: "v1:sha256:6b263564b42f2476a17f85de75ea4d6ec36cd14c530ffeb30b2e8f075e4d537a",
  },
  {
    key: "group_add",
    value: ["audio"],
    other: ["video"],
    fingerprint: "v1:sha256:6a45b0e62133763750b458687e712434b597eead086fd5d87c9bd5217fc98105",
  },
  {
    key: "healthcheck",
    value: { test: ["CMD", "a"] },
    other: { test: ["CMD", "b"] },
    fingerprint: "v1:sha256:4da3a358fbdac3fc39e81adbf6755ef8082c23402e2c013d552b40fa7bc74f82",
  },
  {
    key: "hostname",
    value: "one",
    other: "two",
    fingerprint: "v1:sha256:01dd792827cc5eb927fc79501a275f052bcc4da48cec922c3b26bd3f70063921",
  },
  {
    key: "init",
    value: true,
    other: false,
    fingerprint: "v1:sha256:a588a98c6649288bc8bf2502d406a630bbd3c62219abb2e1969ab2cd73d171e0",
  },
  {
    key: "ipc",
    value: "host",
    other: "shareable",
    fingerprint: "v1:sha256:6fb0d0af290ade8fa5b083176be8274c0715622ed53f2f5185286e400c677c18",
  },
  {
    key: "labels",
    value: { a: "1" },
    other: { a: "2" },
    fingerprint: "v1:sha256:4eaf694592c2188e7f1497f2eabeeed8a657f8e4ae8e3d751231076aafa1ada1",
  },
  {
    key: "logging",
    value: { driver: "local" },
    other: { driver: "none" },
    fingerprint: "v1:sha256:f57b1284d22a8686f6024a95cb5cbaf56f87940a25c2cb6b3f268afb31fce5be",
  },
  {
    key: "mem_limit",
    value: "64m",
    other: "65m",
    fingerprint: "v1:sha256:1a1da1247f709a40f40502fa4078ae4e4ddc219cd6cc5e316cc0c38b15b40bc8",
  },
  {
    key: "mem_reservation",
    value: "64m",
    other: "65m",
    fingerprint: "v1:sha256:4c3a8784351e55c702f139dd99e8b5c7fe95cd5da58df8a7ba69d78e99812a27",
  },
  {
    key: "memswap_limit",
    value: "64m",
    other: "65m",
    fingerprint: "v1:sha256:971a1852cf1ba7620f35a1a951c421cf341a3f8fa90c81d5b01269778a709320",
  },
  {
    key: "network_mode",
    value: "host",
    other: "none",
    fingerprint: "v1:sha256:37d822fc52c4ea4a6c34f982cf277989b42aeefff0b245108ac45480bda15c70",
  },
  {
    key: "networks",
    value: { front: null },
    other: { front: { aliases: ["x"] } },
    fingerprint: "v1:sha256:dd67754cfefc107da18494a2ab065edad4d02a6dfec89c9217129b03516fbf01",
  },
  {
    key: "oom_score_adj",
    value: 1,
    other: 2,
    fingerprint: "v1:sha256:326fc0c4060665087943055398442c622e9fff9a4411d695b7127d1ba8fdd8c1",
  },
  {
    key: "pid",
    value: "host",
    other: null,
    fingerprint: "v1:sha256:21c7ca04259326f75747d0ec747383b13b6bd0cf3002dfd89546c08db9db2d5c",
  },
  {
    key: "pids_limit",
    value: 1,
    other: 2,
    fingerprint: "v1:sha256:c6d36c4fece62395b1c8557a6aa39191ecff4f58717b80be80bf9b58cd8abbe4",
  },
  {
    key: "platform",
    value: "linux/amd64",
    other: "linux/arm64",
    fingerprint: "v1:sha256:8b32f660fc857e435b818d775269c73115499f54d4a277062a70181cee403fed",
  },
  {
    key: "ports",
    value: ["80:80"],
    other: ["81:80"],
    fingerprint: "v1:sha256:4b8e31392e656aefb14e8d0b49d749edb7e3565b2ee4a0738b84db99c7cd3337",
  },
  {
    key: "privileged",
    value: true,
    other: false,
    fingerprint: "v1:sha256:a69736cd991a438fcb3c3ad9297661eea52aaa30253034590e41a4806312ce3c",
  },
  {
    key: "read_only",
    value: true,
    other: false,
    fingerprint: "v1:sha256:331dfe94ffbd6c22e69ca2b5fc76c1bd7ede2a35cec1247b210a34a50cdc2ad6",
  },
  {
    key: "restart",
    value: "always",
    other: "no",
    fingerprint: "v1:sha256:a87cce104e4e77229dadf09049626b71d6415ba359ec2b225d99ae7b92fa648c",
  },
  {
    key: "secrets",
    value: [{ source: "one" }],
    other: [{ source: "two" }],
    fingerprint: "v1:sha256:73576842aeb547f7b099aab09368ade53c893e993a475d9fc72da1647c8dff23",
  },
  {
    key: "security_opt",
    value: ["no-new-privileges:true"],
    other: ["label:disable"],
    fingerprint: "v1:sha256:bb8a1433ae068383561e95ee5180581fd00fdfd8316e1707ad6abe4d335593a0",
  },
  {
    key: "shm_size",
    value: "64m",
    other: "65m",
    fingerprint: "v1:sha256:f18592bd2cbac80ff8474cdb0aaafbf55ae2213785e8d9a1d82f5340d828ce7f",
  },
  {
    key: "stdin_open",
    value: true,
    other: false,
    fingerprint: "v1:sha256:29d47bab8c47dd4f71b7401c446da33dc372c5db536753c62fa07ad800ba324e",
  },
  {
    key: "stop_grace_period",
    value: "5s",
    other: "6s",
    fingerprint: "v1:sha256:ab865d44682ff791317e564fa431166006a5104c4ca0a75811c692dd6088a738",
  },
  {
    key: "stop_signal",
    value: "SIGINT",
    other: "SIGQUIT",
    fingerprint: "v1:sha256:68a69a6e1409c43def39890d309187ac46386fd4f7237b7c05d924339821a18f",
  },
  {
    key: "sysctls",
    value: { "net.core.somaxconn": "1" },
    other: { "net.core.somaxconn": "2" },
    fingerprint: "v1:sha256:70faff091f1b0e34d2b37958de1cdcb652613714d9a4aea0e20c7d8c3296fb8e",
  },
  {
    key: "tmpfs",
    value: ["/t"],
    other: ["/u"],
    fingerprint: "v1:sha256:c1c78f998107e8e52bbb5e4458eb6fbe76c351c3ab405c83c9849320ce95648c",
  },
  {
    key: "tty",
    value: true,
    other: false,
    fingerprint: "v1:sha256:1e4a6fc5312873e8dc69fefcd1b663adb87986c3dbdd79545dd06a28dfc1a94a",
  },
  {
    key: "ulimits",
    value: { nofile: { soft: 1, hard: 2 } },
    other: { nofile: { soft: 1, hard: 3 } },
    fingerprint: "v1:sha256:7c3997d8a08c8d5de7e0f15dab0601de25977144fe4bc047e6602a010a3d71f8",
  },
  {
    key: "user",
    value: "one",
    other: "two",
    fingerprint: "v1:sha256:a7d1a050a513c6b50f1b0ef6512d3fb0a78bef77e33fceecd4afdc67e8b97526",
  },
  {
    key: "uts",
    value: "host",
    other: "private",
    fingerprint: "v1:sha256:76d198fa1ffb16ff9beb9ddc5f4ff2cc7f4fd04f7f2ca59064e8512740e9498f",
  },
  {
    key: "volumes",
    value: ["data:/d"],
    other: ["data:/d:ro"],
    fingerprint: "v1:sha256:2b3d60aa071def45774b35234269c597c01678c498568b14c9ca0e02663898cc",
  },
  {
    key: "working_dir",
    value: "/a",
    other: "/b",
    fingerprint: "v1:sha256:3bbd8b4b3ceef863d835d578de016202bc3e6c2ababcc520a2adb533f11da6d8",
  },
];
