import { describe, expect, it } from "@jest/globals";
import type { Service } from "../../modules/stackfile/model.ts";
import { bodyOf, type BodyTable, host } from "../support/container-body.ts";

describe("a service becomes the engine's create call", () => {
  const table: BodyTable = [
    ["nothing but an image", {}, host({})],
    [
      "command and entrypoint",
      { command: ["serve", "--fast"], entrypoint: ["/init"] },
      { Cmd: ["serve", "--fast"], Entrypoint: ["/init"], ...host({}) },
    ],
    [
      "environment; null removes what the image sets",
      { environment: { A: "1", EMPTY: "", GONE: null, EQUALS: "a=b" } },
      { Env: ["A=1", "EMPTY=", "GONE", "EQUALS=a=b"], ...host({}) },
    ],
    [
      "process settings",
      {
        working_dir: "/srv",
        user: "1000:1000",
        tty: true,
        stdin_open: true,
        hostname: "alpha",
        domainname: "example.org",
        stop_signal: "SIGQUIT",
        stop_grace_period: "1m30s",
        init: true,
        group_add: ["audio"],
        oom_score_adj: -100,
      },
      {
        WorkingDir: "/srv",
        User: "1000:1000",
        Tty: true,
        OpenStdin: true,
        Hostname: "alpha",
        Domainname: "example.org",
        StopSignal: "SIGQUIT",
        StopTimeout: 90,
        ...host({ Init: true, GroupAdd: ["audio"], OomScoreAdj: -100 }),
      },
    ],
    ["a grace period below a second, rounded up", { stop_grace_period: "500ms" }, { StopTimeout: 1, ...host({}) }],
    [
      "ports: fixed, of a range, random, on one address, several to one",
      {
        ports: [
          { mode: "ingress", target: 80, protocol: "tcp", published: "8080" },
          { mode: "ingress", target: 80, protocol: "tcp", published: "9000-9010", host_ip: "127.0.0.1" },
          { mode: "host", target: 53, protocol: "udp" },
        ],
        expose: ["3000", "4000-4002/udp"],
      },
      {
        ExposedPorts: { "3000/tcp": {}, "4000/udp": {}, "4001/udp": {}, "4002/udp": {}, "80/tcp": {}, "53/udp": {} },
        ...host({
          PortBindings: {
            "80/tcp": [
              { HostIp: "", HostPort: "8080" },
              { HostIp: "127.0.0.1", HostPort: "9000-9010" },
            ],
            "53/udp": [{ HostIp: "", HostPort: "" }],
          },
        }),
      },
    ],
    [
      "a health check; durations in nanoseconds",
      {
        healthcheck: {
          test: ["CMD", "curl", "-f", "http://localhost"],
          interval: "1m30s",
          timeout: "500ms",
          retries: 3,
          start_period: "10s",
          start_interval: "1s",
        },
      },
      {
        Healthcheck: {
          Test: ["CMD", "curl", "-f", "http://localhost"],
          Interval: 90e9,
          Timeout: 500e6,
          Retries: 3,
          StartPeriod: 10e9,
          StartInterval: 1e9,
        },
        ...host({}),
      },
    ],
    [
      "a health check that is disabled",
      { healthcheck: { disable: true } },
      { Healthcheck: { Test: ["NONE"] }, ...host({}) },
    ],
    [
      "a health check whose test is the image's",
      { healthcheck: { interval: "5s" } },
      { Healthcheck: { Interval: 5e9 }, ...host({}) },
    ],
    ["restart", { restart: "unless-stopped" }, host({ RestartPolicy: { Name: "unless-stopped" } })],
    [
      "restart with a number of attempts",
      { restart: "on-failure:5" },
      host({ RestartPolicy: { Name: "on-failure", MaximumRetryCount: 5 } }),
    ],
    [
      "deploy.restart_policy before restart",
      { restart: "always", deploy: { restart_policy: { condition: "on-failure", max_attempts: 2 } } },
      host({ RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 } }),
    ],
    [
      "deploy.restart_policy on failure, however often",
      { deploy: { restart_policy: { condition: "on-failure" } } },
      host({ RestartPolicy: { Name: "on-failure" } }),
    ],
    ...(
      [
        ["none", "no"],
        ["no", "no"],
        ["any", "always"],
        ["always", "always"],
        ["unless-stopped", "unless-stopped"],
      ] as const
    ).map(([condition, Name]): [string, Partial<Service>, object] => [
      `deploy.restart_policy ${condition}`,
      { restart: "on-failure:3", deploy: { restart_policy: { condition } } },
      host({ RestartPolicy: { Name } }),
    ]),
    [
      "deploy.restart_policy without a condition, in place of restart: nothing",
      { restart: "always", deploy: { restart_policy: {} } },
      host({}),
    ],
    [
      "names",
      {
        dns: ["1.1.1.1"],
        dns_search: ["example.org"],
        dns_opt: ["ndots:2"],
        extra_hosts: ["db=10.0.0.1", "six=::1", "gateway:host-gateway"],
      },
      host({
        Dns: ["1.1.1.1"],
        DnsSearch: ["example.org"],
        DnsOptions: ["ndots:2"],
        ExtraHosts: ["db:10.0.0.1", "six:::1", "gateway:host-gateway"],
      }),
    ],
    [
      "logging, shared memory and annotations",
      {
        logging: { driver: "json-file", options: { "max-size": "10m" } },
        shm_size: "67108864",
        annotations: { "com.example": "x" },
      },
      host({
        LogConfig: { Type: "json-file", Config: { "max-size": "10m" } },
        ShmSize: 67_108_864,
        Annotations: { "com.example": "x" },
      }),
    ],
    [
      "nothing of what is the planner's and the loader's",
      {
        depends_on: { db: { condition: "service_started", required: true } },
        profiles: ["debug"],
        scale: 3,
        pull_policy: "always",
        attach: false,
        deploy: { replicas: 3, labels: { x: "y" }, update_config: { order: "start-first" } },
      },
      host({}),
    ],
  ];

  it.each(table)("%s", (_, service, expected) => {
    expect(bodyOf(service)).toEqual(expected);
  });
});
