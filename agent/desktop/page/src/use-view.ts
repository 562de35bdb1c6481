import { useEffect, useState } from 'preact/hooks';
import type { DesktopView } from '../../src/view/desktop-view.js';
import { desktop } from './desktop.js';

/** What the program shows at this moment; undefined until it said so for the first time. */
export function useView(): DesktopView | undefined {
  const [view, setView] = useState<DesktopView>();
  useEffect(() => {
    const stop = desktop.onView(setView);
    void desktop.readView(null).then((answer) => {
      if (answer.ok) setView(answer.value);
    });
    return stop;
  }, []);
  useEffect(() => {
    if (view !== undefined) document.documentElement.lang = view.language;
  }, [view?.language]);
  return view;
}
