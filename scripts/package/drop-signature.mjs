import { readFileSync, writeFileSync } from 'node:fs';

const PE_OFFSET = 0x3c;
/** From the signature `PE\0\0`: the optional header of a 64-bit program. */
const OPTIONAL_HEADER = 24;
const PE32_PLUS = 0x20b;
/** The fifth data directory says where the certificates are, from the start of the file. */
const CERTIFICATES = 112 + 4 * 8;

/**
 * Takes the Authenticode signature off a Windows program. What is put into it makes the signature of its publisher wrong, and Windows trusts a
 * wrong one less than none. Returns whether there was one.
 */
export function dropSignature(file) {
  const program = readFileSync(file);
  const optional = program.readUInt32LE(PE_OFFSET) + OPTIONAL_HEADER;
  if (program.readUInt16LE(optional) !== PE32_PLUS) throw new Error(`${file} is no 64-bit program for Windows`);
  const offset = program.readUInt32LE(optional + CERTIFICATES);
  const size = program.readUInt32LE(optional + CERTIFICATES + 4);
  if (offset === 0) return false;
  program.fill(0, optional + CERTIFICATES, optional + CERTIFICATES + 8);
  // The certificates are the end of the file, as the format wants it.
  const isEnd = offset + size === program.length;
  writeFileSync(file, isEnd ? program.subarray(0, offset) : program);
  return true;
}
