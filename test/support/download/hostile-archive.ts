import { gzipSync } from 'node:zlib';
import { Header } from 'tar';

export interface HostileEntry {
  readonly path: string;
  readonly body?: string;
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO';
  readonly linkpath?: string;
}

const BLOCK = 512;

/** A .tgz with names and kinds as they are given: a tool would tidy them up. */
export async function makeHostileTar(entries: readonly HostileEntry[]): Promise<Buffer> {
  const blocks = entries.flatMap(({ path, body = '', type = 'File', linkpath = '' }) => {
    const header = new Header({ path, type, size: Buffer.byteLength(body), mode: 0o755, linkpath, mtime: new Date(0) });
    const head = Buffer.alloc(BLOCK);
    header.encode(head, 0);
    return [head, Buffer.from(body.padEnd(Math.ceil(body.length / BLOCK) * BLOCK, '\0'))];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]));
}

/** A .zip, stored and not compressed. */
export function makeHostileZip(entries: readonly HostileEntry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { path, body = '' } of entries) {
    const [name, data] = [Buffer.from(path), Buffer.from(body)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, name, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\u0001\u0002', 'latin1'), Buffer.from([20, 3]), common, tail, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
