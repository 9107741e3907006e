/**
 * A disk with a few files, as cloud-init's NoCloud looks for it: ISO 9660, labelled `cidata`.
 * Source: ECMA-119, 8.4 (volume descriptor), 9.1 (directory record), 9.4 (path table).
 */
export function seedDisk(files: Readonly<Record<string, string>>): Buffer {
  const contents = Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => ({ name, data: Buffer.from(text) }));
  let next = firstFile;
  const records = contents.map(({ name, data }) => {
    const sector = next;
    next += sectorsOf(data.length);
    // Linux shows names in lower case, without the version.
    return directoryRecord(Buffer.from(`${name.toUpperCase()}.;1`, "latin1"), sector, data.length, 0);
  });
  const self = (name: number): Buffer => directoryRecord(Buffer.of(name), rootSector, sector, isDirectory);
  const root = Buffer.concat([self(0), self(1), ...records]);
  if (root.length > sector) throw new Error("a seed disk holds a few files");

  const image = Buffer.alloc(next * sector);
  volumeDescriptor(next).copy(image, 16 * sector);
  Buffer.from([255, ...Buffer.from("CD001"), 1]).copy(image, 17 * sector);
  pathTable("LE").copy(image, 18 * sector);
  pathTable("BE").copy(image, 19 * sector);
  root.copy(image, rootSector * sector);
  let at = firstFile;
  for (const { data } of contents) {
    data.copy(image, at * sector);
    at += sectorsOf(data.length);
  }
  return image;
}

const sector = 2048;
const rootSector = 20;
const firstFile = 21;
const isDirectory = 2;
const pathTableBytes = 10;

function sectorsOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / sector));
}

function volumeDescriptor(sectors: number): Buffer {
  const descriptor = Buffer.alloc(sector);
  descriptor.writeUInt8(1, 0);
  descriptor.write("CD001", 1, "latin1");
  descriptor.writeUInt8(1, 6);
  descriptor.write("".padEnd(32), 8, "latin1");
  descriptor.write("cidata".padEnd(32), 40, "latin1");
  bothEndian32(sectors).copy(descriptor, 80);
  bothEndian16(1).copy(descriptor, 120);
  bothEndian16(1).copy(descriptor, 124);
  bothEndian16(sector).copy(descriptor, 128);
  bothEndian32(pathTableBytes).copy(descriptor, 132);
  descriptor.writeUInt32LE(18, 140);
  descriptor.writeUInt32BE(19, 148);
  directoryRecord(Buffer.of(0), rootSector, sector, isDirectory).copy(descriptor, 156);
  descriptor.write("".padEnd(623), 190, "latin1");
  for (const date of [813, 830, 847, 864]) descriptor.write("0".repeat(16), date, "latin1");
  descriptor.writeUInt8(1, 881);
  return descriptor;
}

function directoryRecord(name: Buffer, at: number, bytes: number, flags: number): Buffer {
  const record = Buffer.alloc(33 + name.length + (name.length % 2 === 0 ? 1 : 0));
  record.writeUInt8(record.length, 0);
  bothEndian32(at).copy(record, 2);
  bothEndian32(bytes).copy(record, 10);
  record.writeUInt8(flags, 25);
  bothEndian16(1).copy(record, 28);
  record.writeUInt8(name.length, 32);
  name.copy(record, 33);
  return record;
}

/** With the root alone, whose name is a zero. */
function pathTable(order: "LE" | "BE"): Buffer {
  const table = Buffer.alloc(pathTableBytes);
  table.writeUInt8(1, 0);
  if (order === "LE") table.writeUInt32LE(rootSector, 2);
  else table.writeUInt32BE(rootSector, 2);
  if (order === "LE") table.writeUInt16LE(1, 6);
  else table.writeUInt16BE(1, 6);
  return table;
}

function bothEndian16(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt16LE(value, 0);
  buffer.writeUInt16BE(value, 2);
  return buffer;
}

function bothEndian32(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeUInt32LE(value, 0);
  buffer.writeUInt32BE(value, 4);
  return buffer;
}
