export type Env = Readonly<Record<string, string | undefined>>;
/** Values of flags by setting key, and `url` and `key` of the commands that talk to a running coordinator. */
export type Flags = Readonly<Record<string, string | undefined>>;

export interface Command {
  readonly summary: string;
  /** Whether words may follow its name. */
  readonly takesWords?: boolean;
  /** `words`: those after its name. Resolves with the exit code. */
  readonly run: (flags: Flags, env: Env, words: readonly string[]) => Promise<number>;
}
