import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Language, t, type Words } from '../../src/words/words.js';

export const LanguageContext = createContext<Language>('en');

/** `t()` in the language of the page. */
export function useWords(): (text: Words, values?: Readonly<Record<string, string | number>>) => string {
  const language = useContext(LanguageContext);
  return (text, values) => t(language, text, values);
}
