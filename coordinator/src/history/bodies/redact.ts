/** What a module of redaction exports as `redact`: called for each text of a body; what it returns is kept in its place. */
export type RedactHook = (text: string, about: RedactAbout) => string | Promise<string>;

export interface RedactAbout {
  readonly id: string;
  readonly model: string;
  /** Id of the API key, or `local`. */
  readonly caller: string;
  readonly part: 'request' | 'answer';
}

export interface Redacted<T> {
  readonly value: T;
  /** Places that were taken out. */
  readonly redactions: number;
}

/** Every text within the value redacted. Rejects where the module fails: then nothing is to be kept. */
export type Redact = <T>(value: T, about: RedactAbout) => Promise<Redacted<T>>;

export const REDACTED = '[redacted]';

/** Takes out what the rules match, then what the module decides. Names of fields stay. */
export function createRedact(rules: readonly RegExp[], hook?: RedactHook): Redact {
  return async (value, about) => {
    let redactions = 0;
    const redactText = async (text: string): Promise<string> => {
      let kept = text;
      for (const rule of rules) {
        kept = kept.replace(rule, () => {
          redactions += 1;
          return REDACTED;
        });
      }
      const decided = hook ? String(await hook(kept, about)) : kept;
      if (decided !== kept) redactions += 1;
      return decided;
    };
    return { value: (await mapTexts(value, redactText)) as typeof value, redactions };
  };
}

async function mapTexts(value: unknown, map: (text: string) => Promise<string>): Promise<unknown> {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) items.push(await mapTexts(item, map));
    return items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields: [string, unknown][] = [];
  for (const [name, field] of Object.entries(value)) fields.push([name, await mapTexts(field, map)]);
  return Object.fromEntries(fields);
}
