import { describe, expect, it } from "@jest/globals";
import { anonymousVolumeLabels, anonymousVolumeName } from "../../host-agent/runtime/anonymous-volumes.ts";
import type { Service } from "../../modules/stackfile/model.ts";
import { bodyOf, type BodyTable, host, oldest, place } from "../support/container-body.ts";

describe("what a service mounts becomes the engine's create call", () => {
  const table: BodyTable = [
    [
      "mounts of volumes, of host paths and of memory",
      {
        volumes: [
          { type: "volume", source: "data", target: "/data", read_only: true, volume: { nocopy: true, subpath: "a" } },
          { type: "volume", target: "/anonymous" },
          { type: "bind", source: "/srv", target: "/srv", bind: { propagation: "rslave" } },
          { type: "bind", source: "/etc/x", target: "/x", bind: { create_host_path: false } },
          { type: "tmpfs", target: "/cache", tmpfs: { size: "1048576", mode: 0o700 } },
        ],
        tmpfs: ["/run", "/tmp:size=64m,mode=1777"],
      },
      host({
        Mounts: [
          {
            Type: "volume",
            Source: "shop_data",
            Target: "/data",
            ReadOnly: true,
            VolumeOptions: { NoCopy: true, Subpath: "a" },
          },
          {
            Type: "volume",
            Source: anonymousVolumeName(place, "/anonymous"),
            Target: "/anonymous",
            VolumeOptions: { Labels: anonymousVolumeLabels(place, "/anonymous") },
          },
          {
            Type: "bind",
            Source: "/srv",
            Target: "/srv",
            BindOptions: { Propagation: "rslave", CreateMountpoint: true },
          },
          { Type: "bind", Source: "/etc/x", Target: "/x", BindOptions: {} },
          { Type: "tmpfs", Target: "/cache", TmpfsOptions: { SizeBytes: 1_048_576, Mode: 0o700 } },
        ],
        Tmpfs: { "/run": "", "/tmp": "size=64m,mode=1777" },
      }),
    ],
    [
      "mounts below a bind mount, and labels of an anonymous volume",
      {
        volumes: [
          { type: "bind", source: "/a", target: "/a", bind: { recursive: "enabled" } },
          { type: "bind", source: "/b", target: "/b", bind: { recursive: "disabled" } },
          { type: "bind", source: "/c", target: "/c", read_only: true, bind: { recursive: "writable" } },
          { type: "bind", source: "/d", target: "/d", read_only: true, bind: { recursive: "readonly" } },
          { type: "volume", target: "/e", volume: { labels: { a: "b" } } },
        ],
      },
      host({
        Mounts: [
          { Type: "bind", Source: "/a", Target: "/a", BindOptions: { CreateMountpoint: true } },
          { Type: "bind", Source: "/b", Target: "/b", BindOptions: { CreateMountpoint: true, NonRecursive: true } },
          {
            Type: "bind",
            Source: "/c",
            Target: "/c",
            ReadOnly: true,
            BindOptions: { CreateMountpoint: true, ReadOnlyNonRecursive: true },
          },
          {
            Type: "bind",
            Source: "/d",
            Target: "/d",
            ReadOnly: true,
            BindOptions: { CreateMountpoint: true, ReadOnlyForceRecursive: true },
          },
          {
            Type: "volume",
            Source: anonymousVolumeName(place, "/e"),
            Target: "/e",
            VolumeOptions: { Labels: { a: "b", ...anonymousVolumeLabels(place, "/e") } },
          },
        ],
      }),
    ],
    [
      "volumes of other containers, those of services by their container",
      { volumes_from: ["db", "api:ro", "container:other:rw"] },
      host({ VolumesFrom: ["id-of-db", "id-of-api:ro", "other:rw"] }),
    ],
    [
      "a host path with an SELinux label, which only the old form has",
      { volumes: [{ type: "bind", source: "/srv", target: "/srv", read_only: true, bind: { selinux: "Z" } }] },
      host({ Binds: ["/srv:/srv:ro,Z"] }),
    ],
  ];

  it.each(table)("%s", (_, service, expected) => {
    expect(bodyOf(service)).toEqual(expected);
  });

  it("on Docker Engine 20.10, missing host paths are made by the old form", () => {
    const volumes: Service["volumes"] = [
      { type: "bind", source: "/srv", target: "/srv" },
      { type: "bind", source: "/x", target: "/x", bind: { create_host_path: false } },
    ];
    expect(bodyOf({ volumes }, { api: oldest })).toEqual(
      host({ Binds: ["/srv:/srv:rw"], Mounts: [{ Type: "bind", Source: "/x", Target: "/x", BindOptions: {} }] }),
    );
  });

  it("with the volumes that its image declares, but for those where something else is mounted", () => {
    const volumes: Service["volumes"] = [{ type: "bind", source: "/srv", target: "/srv" }];
    const imageVolumes = ["/data/", "/srv", "/run", "/config"];
    const files = [{ target: "/config", content: Buffer.from(""), mode: 0, uid: 0, gid: 0 }];
    const body = bodyOf({ volumes, tmpfs: ["/run:size=1m"] }, { imageVolumes, contents: files });
    expect(body).toMatchObject(
      host({
        Mounts: [
          { Target: "/srv" },
          {
            Type: "volume",
            Source: anonymousVolumeName(place, "/data"),
            Target: "/data/",
            VolumeOptions: { Labels: anonymousVolumeLabels(place, "/data") },
          },
        ],
      }),
    );
  });

  it("with its configs and secrets, bound read-only", () => {
    const files = [{ path: "/files/0", target: "/run/secrets/key" }];
    expect(bodyOf({}, { files })).toEqual(
      host({ Mounts: [{ Type: "bind", Source: "/files/0", Target: "/run/secrets/key", ReadOnly: true }] }),
    );
  });
});
