import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawIcons, ICONS } from './icons/draw-icons.mjs';

/** `npm run icons`: draws the desktop agent's pictures (PNG, ICO, ICNS) from its SVGs. */
for (const [path, bytes] of await drawIcons()) writeFileSync(join(ICONS, path), bytes);
