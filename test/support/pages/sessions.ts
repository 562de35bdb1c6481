/** Pages that one reader follows from top to bottom, at one machine and in one terminal. */
export interface Session {
  readonly name: string;
  readonly pages: readonly string[];
  /** An Ollama answers at 127.0.0.1:11434, on this or on the other machine. */
  readonly hasOllama?: 'here' | 'there';
  /** The pages bring the clone along; else the reader sits in one. */
  readonly clones?: true;
}

export const SESSIONS: readonly Session[] = [
  {
    name: 'one machine',
    clones: true,
    pages: ['docs/quick-start.md', 'docs/balancers.md', 'docs/models.md', 'docs/troubleshooting.md', 'specs/SPEC-32e2b31a/quickstart.md'],
  },
  { name: 'several machines', hasOllama: 'there', pages: ['docs/machines.md'] },
  {
    name: 'several coordinators behind nginx and HAProxy',
    hasOllama: 'here',
    pages: ['docs/several-coordinators.md', 'docs/operating.md'],
  },
  { name: 'Kubernetes', pages: ['docs/kubernetes.md'] },
  { name: 'a new developer', clones: true, pages: ['docs/write-a-balancer.md'] },
];
