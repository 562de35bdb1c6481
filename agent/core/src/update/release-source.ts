/** Where releases of the agent are told, and the key that they are signed with. Packaging puts its own here; a build from source has none. */
export const RELEASE_SOURCE: { readonly feedUrl: string | undefined; readonly publicKey: string | undefined } = {
  feedUrl: undefined,
  publicKey: undefined,
};
