import { networkInterfaces } from 'node:os';
import type { MulticastDNS, ResponseOutgoingPacket } from 'multicast-dns';

/** DNS-SD type under which coordinators tell their network where they are. */
export const COORDINATOR_SERVICE = '_ollama-coordinator._tcp.local';

/** What one machine of the network says in answer to a question. Somebody else wrote it: nothing in it is to be trusted. */
export type MdnsRecord = ResponseOutgoingPacket['answers'][number];

/** The way to the machines behind one of this machine's own addresses. */
export interface MdnsLink {
  readonly ownAddress: string;
  /** Asks all of them for the records of a service. */
  ask(service: string): void;
  /** Tells all of them. Resolves when it was sent, or could not be. */
  tell(records: readonly MdnsRecord[]): Promise<void>;
}

export interface MdnsOptions {
  /** IPv4 addresses of this machine, one per network. */
  readonly addresses: readonly string[];
  readonly onQuestion?: (names: readonly string[], link: MdnsLink) => void;
  readonly onRecords?: (records: readonly MdnsRecord[]) => void;
}

export interface Mdns {
  /** Those networks that could be joined. */
  readonly links: readonly MdnsLink[];
  /** Why the others could not. */
  readonly problems: readonly Error[];
  close(): Promise<void>;
}

/** An IPv4 address of this machine per network, those that only it can reach last. */
export function networkAddresses(): { readonly address: string; readonly internal: boolean }[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all?.find(({ family }) => family === 'IPv4') ?? [])
    .map(({ address, internal }) => ({ address, internal }))
    .sort((one, other) => Number(one.internal) - Number(other.internal));
}

/**
 * Speaks multicast DNS on each of these networks: a system asked to choose one takes that of a virtual machine as readily as the one that
 * the people of a house share. Never throws; what is not understood is passed over.
 */
export async function openMdns({ addresses, onQuestion, onRecords }: MdnsOptions): Promise<Mdns> {
  // Loaded only here: nearly all programs never look for another one.
  const { default: createMdns } = await import('multicast-dns');
  const problems: Error[] = [];
  const sockets: MulticastDNS[] = [];
  const open = async (ownAddress: string): Promise<MdnsLink | undefined> => {
    const socket = createMdns({ interface: ownAddress, bind: '0.0.0.0' });
    socket.on('warning', () => undefined);
    const problem = await isReady(socket);
    if (problem !== undefined) {
      problems.push(problem);
      return undefined;
    }
    sockets.push(socket);
    const link = linkOf(socket, ownAddress);
    if (onQuestion) socket.on('query', ({ questions = [] }) => onQuestion(namesOf(questions), link));
    if (onRecords) socket.on('response', ({ answers = [], additionals = [] }) => onRecords([...answers, ...additionals]));
    return link;
  };
  const links = (await Promise.all(addresses.map(open))).filter((link) => link !== undefined);
  return {
    links,
    problems,
    close: async () => {
      await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.destroy(resolve))));
    },
  };
}

function linkOf(socket: MulticastDNS, ownAddress: string): MdnsLink {
  return {
    ownAddress,
    ask: (service) => socket.query([{ name: service, type: 'PTR' }], () => undefined),
    tell: (records) => new Promise((resolve) => socket.respond([...records], () => resolve())),
  };
}

/** Undefined when it listens; also later failures are passed over: the next question or answer may come through. */
function isReady(socket: MulticastDNS): Promise<Error | undefined> {
  return new Promise((resolve) => {
    socket.once('ready', () => resolve(undefined));
    socket.on('error', resolve);
  });
}

function namesOf(questions: readonly { readonly name: string }[]): string[] {
  return questions.map(({ name }) => name.toLowerCase());
}
