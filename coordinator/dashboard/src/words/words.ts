import { JAPANESE, type Words } from './japanese.js';

export type { Words } from './japanese.js';
export type Language = 'en' | 'ja';

const KEPT_AS = 'language';
const listeners = new Set<(language: Language) => void>();
let language: Language = firstLanguage();

/** The text in the page's language, `{names}` replaced. The English text is the key. */
export function t(text: Words, values: Readonly<Record<string, string | number>> = {}): string {
  const template: string = language === 'ja' ? JAPANESE[text] : text;
  return template.replaceAll(/\{(\w+)\}/g, (whole: string, name: string) => String(values[name] ?? whole));
}

export function currentLanguage(): Language {
  return language;
}

/** Changes the language and remembers it; who follows is told. */
export function setLanguage(next: Language): void {
  language = next;
  localStorage.setItem(KEPT_AS, next);
  for (const listener of listeners) listener(next);
}

/** Returns how to stop. */
export function onLanguage(listener: (language: Language) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function firstLanguage(): Language {
  if (typeof localStorage === 'undefined') return 'en';
  const kept = localStorage.getItem(KEPT_AS);
  if (kept === 'en' || kept === 'ja') return kept;
  return navigator.language.startsWith('ja') ? 'ja' : 'en';
}
