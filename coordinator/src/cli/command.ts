export type Env = Readonly<Record<string, string | undefined>>;
/** Values of flags: of settings by their key, of commands by their name; `url` and `key` of those that talk to a running coordinator. */
export type Flags = Readonly<Record<string, string | undefined>>;

export interface Command {
  readonly summary: string;
  /** How it is written, where words or flags follow its name. */
  readonly usage?: readonly string[];
  /** Whether words may follow its name. */
  readonly takesWords?: boolean;
  /** Flags of its own, beside the settings, `url` and `key`. */
  readonly flags?: readonly string[];
  /** Those that stand without a value; given, they are `true`. */
  readonly switches?: readonly string[];
  /** `words`: those after its name. Resolves with the exit code. */
  readonly run: (flags: Flags, env: Env, words: readonly string[]) => Promise<number>;
}
