export type Env = Readonly<Record<string, string | undefined>>;
/** Values of flags by setting key, and `url` and `key` of the commands that talk to a running coordinator. */
export type Flags = Readonly<Record<string, string | undefined>>;

export interface Command {
  readonly summary: string;
  /** Resolves with the exit code. */
  readonly run: (flags: Flags, env: Env) => Promise<number>;
}
