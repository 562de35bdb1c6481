import { JAPANESE, type Words } from './japanese.js';

export type { Words } from './japanese.js';
export type Language = 'en' | 'ja';

/** The text in that language, `{names}` replaced. The English text is the key. Pure. */
export function t(language: Language, text: Words, values: Readonly<Record<string, string | number>> = {}): string {
  const template: string = language === 'ja' ? JAPANESE[text] : text;
  return template.replaceAll(/\{(\w+)\}/g, (whole: string, name: string) => String(values[name] ?? whole));
}

/** Of a locale as the system tells it: `ja-JP`, `en`. Pure. */
export function languageOf(locale: string): Language {
  return locale.toLowerCase().startsWith('ja') ? 'ja' : 'en';
}
