import { Module, register } from 'node:module';

/** `node --import register.js main.js`: `electron` is the stand-in, whether it is imported or required. */
const FAKE = new URL('./electron-module.js', import.meta.url).href;
const hook = `export async function resolve(name, context, next) {
  return name === 'electron' ? { url: ${JSON.stringify(FAKE)}, shortCircuit: true } : next(name, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

const fake: unknown = await import(FAKE);
const loader = Module as unknown as { _load(name: string, ...rest: unknown[]): unknown };
const load = loader._load;
loader._load = (name, ...rest) => (name === 'electron' ? fake : load.call(Module, name, ...rest));
