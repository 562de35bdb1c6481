import { useEffect, useState } from 'preact/hooks';

const SLICE = 6;

/** How many of so many rows are drawn: none with the page around them, then a slice more with each frame, so that no frame takes long. */
export function useDrawn(count: number): number {
  const [most, setMost] = useState(0);
  useEffect(() => {
    if (most >= count) {
      // What is filtered away and comes back comes in slices as well.
      if (most > count + SLICE) setMost(Math.max(SLICE, count));
      return;
    }
    // Not in the frame itself: there drawing and layout would be one task.
    const timer = setTimeout(() => setMost(most + SLICE));
    return () => clearTimeout(timer);
  }, [most, count]);
  return Math.min(most, count);
}
