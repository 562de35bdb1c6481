import { COORDINATOR_SERVICE, type MdnsRecord } from '@ollama-coordinator/common';
import { z } from 'zod';

/** What says of itself, in this machine's network, that it is a coordinator. Anybody there may say so. */
export interface FoundCoordinator {
  /** Of its machine, for people. */
  readonly name: string;
  /** As `http://192.168.1.10:8080`. */
  readonly url: string;
}

const LONGEST_URL = 255;
const LONGEST_NAME = 63;
const URL_ENTRY = 'url=';

/** Only what a browser would call as a page, without a login in it; what follows the path is left out. */
const urlSchema = z
  .string()
  .max(LONGEST_URL)
  .refine((text) => URL.canParse(text))
  .transform((text) => new URL(text))
  .refine(({ protocol, username, password }) => /^https?:$/.test(protocol) && username === '' && password === '')
  .transform(({ origin, pathname }) => `${origin}${pathname}`.replace(/\/+$/, ''));

/** The coordinators that a packet tells of. It came from anywhere: what does not fit is left out, and names are shortened. Pure. */
export function readFound(records: readonly MdnsRecord[]): FoundCoordinator[] {
  const instances = new Map<string, string>();
  for (const record of records) {
    if (record.type !== 'PTR' || record.name.toLowerCase() !== COORDINATOR_SERVICE || record.ttl === 0) continue;
    const suffix = `.${COORDINATOR_SERVICE}`;
    if (record.data.toLowerCase().endsWith(suffix)) instances.set(record.data.toLowerCase(), record.data.slice(0, -suffix.length));
  }
  return records.flatMap((record) => {
    const name = record.type === 'TXT' ? instances.get(record.name.toLowerCase()) : undefined;
    if (name === undefined || record.type !== 'TXT') return [];
    const { data: url } = urlSchema.safeParse(urlEntry(record.data));
    return url === undefined ? [] : [{ name: readableName(name) || new URL(url).host, url }];
  });
}

function urlEntry(data: string | Buffer | readonly (string | Buffer)[]): string | undefined {
  const entries = (Array.isArray(data) ? data : [data]).map(String);
  return entries.find((entry) => entry.startsWith(URL_ENTRY))?.slice(URL_ENTRY.length);
}

/** Nothing that moves a cursor or turns a text around. */
function readableName(name: string): string {
  return name
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME);
}
