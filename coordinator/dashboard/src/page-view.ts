import { useEffect, useState } from 'preact/hooks';

export const PAGE_NAMES = ['fleet', 'models', 'requests', 'queue', 'trends', 'playground', 'log', 'keys'] as const;
/** What the page shows; named behind the # of its address. */
export type PageName = (typeof PAGE_NAMES)[number];

/** A view with its filters, as `#requests?status=failed`. */
export interface PageView {
  readonly name: PageName;
  readonly params: URLSearchParams;
}

export function usePageView(): PageView {
  const [view, setView] = useState(readView());
  useEffect(() => {
    const follow = () => setView(readView());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return view;
}

/** The address of a view. Parameters that are empty are left out. */
export function linkTo(name: PageName, params: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
  return given.length === 0 ? `#${name}` : `#${name}?${new URLSearchParams(given)}`;
}

/** Changes parameters of the view that is shown, in the place of those before. */
export function changeParams(change: Readonly<Record<string, string | undefined>>): void {
  const { name, params } = readView();
  location.replace(linkTo(name, { ...Object.fromEntries(params), ...change }));
}

export function isShown(name: PageName): boolean {
  return readView().name === name;
}

function readView(): PageView {
  const [name = '', query = ''] = location.hash.slice(1).split('?');
  return { name: PAGE_NAMES.find((known) => known === name) ?? 'fleet', params: new URLSearchParams(query) };
}
