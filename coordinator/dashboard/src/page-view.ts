import { useEffect, useState } from 'preact/hooks';

/** What the page shows; named behind the # of its address. */
export type PageView = 'fleet' | 'keys';

export function usePageView(): PageView {
  const [view, setView] = useState(readView());
  useEffect(() => {
    const follow = () => setView(readView());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return view;
}

function readView(): PageView {
  return location.hash === '#keys' ? 'keys' : 'fleet';
}
