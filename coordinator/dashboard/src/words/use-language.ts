import { useEffect, useState } from 'preact/hooks';
import { currentLanguage, type Language, onLanguage } from './words.js';

/** The page's language, on the document too, so that screen readers speak it. */
export function useLanguage(): Language {
  const [language, setLanguage] = useState(currentLanguage());
  useEffect(() => onLanguage(setLanguage), []);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return language;
}
