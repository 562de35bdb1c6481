import { ROOT } from '../prepare/root.mjs';
import { writeVersion } from './write-version.mjs';

/** `npm run release:version -- 1.2.3` gives the programs another version. */
try {
  console.log(`${writeVersion(process.argv[2] ?? '', ROOT)} → ${process.argv[2]}`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
