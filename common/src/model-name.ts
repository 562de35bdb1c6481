/** A model's name taken apart, as written; the implied parts filled in. */
export interface ModelNameParts {
  readonly host: string;
  readonly namespace: string;
  readonly model: string;
  readonly tag: string;
}

const DEFAULT_HOST = 'registry.ollama.ai';
const DEFAULT_NAMESPACE = 'library';
const DEFAULT_TAG = 'latest';

/** What each part may be made of, and how long it may be (Ollama's types/model/name.go). */
const PATTERNS: Readonly<Record<keyof ModelNameParts, RegExp>> = {
  host: /^\w[\w.:-]{0,349}$/,
  namespace: /^\w[\w-]{0,79}$/,
  model: /^\w[\w.-]{0,79}$/,
  tag: /^\w[\w.-]{0,79}$/,
};

/** Each request names its model several times over, and a fleet has some hundreds of them. Always the same text is hashed only once, too. */
const MOST_REMEMBERED = 1000;
/** A longer text is nobody's model. */
const LONGEST_REMEMBERED = 256;
const parsed = new Map<string, ModelNameParts>();
const normalized = new Map<string, string>();

function remember<T>(names: Map<string, T>, name: string, value: T): T {
  if (names.size >= MOST_REMEMBERED) names.clear();
  if (name.length <= LONGEST_REMEMBERED) names.set(name, value);
  return value;
}

/** `[host/][namespace/]model[:tag]` as Ollama reads it; a scheme before the host is dropped. Undefined where it is no name. */
export function parseModelName(name: string): ModelNameParts | undefined {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const parts = takeApart(name);
  return parts && remember(parsed, name, parts);
}

function takeApart(name: string): ModelNameParts | undefined {
  const colon = name.lastIndexOf(':');
  const tagged = colon > name.lastIndexOf('/');
  const path = tagged ? name.slice(0, colon) : name;
  const tag = tagged ? name.slice(colon + 1) : DEFAULT_TAG;
  const [rest, model] = cutLast(path);
  const [first, namespace = DEFAULT_NAMESPACE] = rest === undefined ? [undefined, undefined] : cutLast(rest);
  const host = first === undefined ? DEFAULT_HOST : first.slice(first.indexOf('://') < 0 ? 0 : first.indexOf('://') + 3);
  const parts = { host, namespace, model, tag };
  return PARTS.every((part) => PATTERNS[part].test(parts[part])) ? parts : undefined;
}

export function isModelName(name: string): boolean {
  return parseModelName(name) !== undefined;
}

/**
 * The one spelling under which a model is looked up, whoever writes it how: as Ollama shows it (the tag always, the default
 * registry and namespace never) and in lower case, since Ollama looks names up without regard to case. `llama3` and
 * `registry.ollama.ai/library/LLaMA3:latest` are both `llama3:latest`. What is no name stays itself, in lower case.
 */
export function normalizeModelName(name: string): string {
  return normalized.get(name) ?? remember(normalized, name, normalize(name));
}

function normalize(name: string): string {
  const lower = name.toLowerCase();
  const parts = parseModelName(lower);
  if (!parts) return lower;
  const { host, namespace, model, tag } = parts;
  if (host !== DEFAULT_HOST) return `${host}/${namespace}/${model}:${tag}`;
  return namespace === DEFAULT_NAMESPACE ? `${model}:${tag}` : `${namespace}/${model}:${tag}`;
}

/** The name with every part that Ollama implies: `registry.ollama.ai/library/tiny:latest`. */
export function fullModelName(name: string): string {
  const parts = parseModelName(name);
  return parts ? `${parts.host}/${parts.namespace}/${parts.model}:${parts.tag}` : name;
}

/** Whether the name asks for a model that runs in Ollama's cloud: `gpt-oss:120b-cloud`, `kimi-k2:cloud`. */
export function isCloudModelName(name: string): boolean {
  return /^(.*-)?cloud$/i.test(parseModelName(name)?.tag ?? '');
}

const PARTS = ['host', 'namespace', 'model', 'tag'] as const;

/** What stands before the last slash, and behind it. */
function cutLast(text: string): readonly [before: string | undefined, behind: string] {
  const slash = text.lastIndexOf('/');
  return slash < 0 ? [undefined, text] : [text.slice(0, slash), text.slice(slash + 1)];
}
