import { AppError } from '@ollama-coordinator/common';

/** Where Ollama's releases are. */
export const RELEASES_URL = 'https://github.com/ollama/ollama/releases';

/** Archives by `platform-processor`, as Ollama names them. The Windows ones are zip files. */
const ARCHIVES: Readonly<Record<string, string>> = {
  'linux-x64': 'ollama-linux-amd64.tgz',
  'linux-arm64': 'ollama-linux-arm64.tgz',
  'darwin-x64': 'ollama-darwin.tgz',
  'darwin-arm64': 'ollama-darwin.tgz',
  'win32-x64': 'ollama-windows-amd64.zip',
  'win32-arm64': 'ollama-windows-arm64.zip',
};

export interface ReleaseArchive {
  /** File name of the archive. */
  readonly file: string;
  readonly url: string;
  /** Its SHA-256 is in here. */
  readonly checksumUrl: string;
}

/**
 * The archive of one version for one machine; `latest` is whatever was released last. Pure. Throws NO_OLLAMA_FOR_PLATFORM.
 *
 * @param baseUrl replaces the place of the releases: the archive and `sha256sum.txt` are then directly below it.
 */
export function releaseArchive({
  version,
  platform,
  baseUrl,
}: {
  version: string;
  platform: string;
  baseUrl?: string | undefined;
}): ReleaseArchive {
  const file = ARCHIVES[platform];
  if (file === undefined) throw new AppError('NO_OLLAMA_FOR_PLATFORM', { details: { platform } });
  const released = version === 'latest' ? `${RELEASES_URL}/latest/download` : `${RELEASES_URL}/download/v${version}`;
  const folder = (baseUrl ?? released).replace(/\/+$/, '');
  return { file, url: `${folder}/${file}`, checksumUrl: `${folder}/sha256sum.txt` };
}
