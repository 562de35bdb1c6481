import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A key that releases are signed with, made for one test. */
export function makeReleaseKey(): { readonly privateKey: KeyObject; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64') };
}

/** A feed as the release workflow makes it. */
export function makeFeed(
  { version, platform, file, body }: { version: string; platform: string; file: string; body: Buffer },
  privateKey: KeyObject,
): Buffer {
  const sha256 = createHash('sha256').update(body).digest('hex');
  const payload = JSON.stringify({ version, files: { [platform]: { file, sha256 } } });
  return Buffer.from(JSON.stringify({ payload, signature: sign(null, Buffer.from(payload), privateKey).toString('base64') }));
}
