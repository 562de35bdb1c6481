const NAME = 'ollama-coordinator-key';

/** The key of this browser tab; gone when the tab is closed. Storage may be switched off, then it lives with the page. */
export function storedKey(): string | undefined {
  try {
    return sessionStorage.getItem(NAME) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepKey(key: string): void {
  try {
    sessionStorage.setItem(NAME, key);
  } catch {}
}

export function forgetKey(): void {
  try {
    sessionStorage.removeItem(NAME);
  } catch {}
}
