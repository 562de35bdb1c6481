/** Shape of the streams that can be continued on another agent. */
export type StreamShape = 'chat' | 'generate' | 'openai';

const SHAPES: Readonly<Record<string, StreamShape>> = {
  '/api/chat': 'chat',
  '/api/generate': 'generate',
  '/v1/chat/completions': 'openai',
};

/** Undefined for a path whose streams are never continued. */
export function streamShape(path: string): StreamShape | undefined {
  return SHAPES[path];
}
