/**
 * The compressed kernel inside a bzImage. An uncompressed kernel boots a second sooner under emulation, where decompressing is
 * slow. Undefined where it is not compressed with zstd. Source: Documentation/arch/x86/boot.rst of Linux, fields setup_sects,
 * payload_offset and payload_length.
 */
export function zstdPayload(bzImage: Buffer): Buffer | undefined {
  if (bzImage.toString("latin1", 0x202, 0x206) !== "HdrS") return undefined;
  const setupSectors = bzImage.readUInt8(0x1f1) || 4;
  const start = (setupSectors + 1) * 512 + bzImage.readUInt32LE(0x248);
  // The last four bytes are the size of the decompressed kernel.
  const payload = bzImage.subarray(start, start + bzImage.readUInt32LE(0x24c) - 4);
  return payload.length > 4 && payload.readUInt32LE(0) === zstdMagic ? payload : undefined;
}

const zstdMagic = 0xfd2fb528;
