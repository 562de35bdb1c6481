import { posix } from 'node:path';

/** What Windows takes for a device, whatever stands behind the dot. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;

export interface ArchiveEntry {
  readonly path: string;
  /** Of a link: where it leads, and from which folder that counts. */
  readonly link?: { readonly to: string; readonly from: string } | undefined;
  /** Neither file, folder nor link. */
  readonly isSpecial?: boolean;
}

/**
 * Why an archive with such an entry is refused; undefined where nothing is wrong with it. The same on every system: a release has no
 * name that means something else elsewhere. Pure.
 */
export function refuseEntry({ path, link, isSpecial }: ArchiveEntry): string | undefined {
  const reason = refuseName(path);
  if (reason !== undefined) return `${JSON.stringify(path)} ${reason}`;
  if (isSpecial) return `${JSON.stringify(path)} is neither a file nor a folder`;
  if (link === undefined) return undefined;
  const { to, from } = link;
  const leadsOut = isAbsolute(to) || to.includes('\\') || refuseName(posix.join(from, to)) !== undefined;
  return leadsOut ? `the link ${JSON.stringify(path)} leads out of the folder, to ${JSON.stringify(to)}` : undefined;
}

function refuseName(path: string): string | undefined {
  if (isAbsolute(path)) return 'is not below the folder';
  if (path.includes('\\')) return 'has a backslash in its name';
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return 'has .. in its name and leads out of the folder';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u001f:*?"<>|]/.test(path)) return 'has a character in its name that means something else on some system';
  if (parts.some((part) => /[. ]$/.test(part))) return 'has a name that ends in a dot or a space';
  return parts.some((part) => DEVICE.test(part)) ? 'has the name of a device' : undefined;
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || path.startsWith('\\') || /^[a-z]:/i.test(path);
}
