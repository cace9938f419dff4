/** The library as a script: hands itself to whoever loads it (polyfills/realm/builtins.ts). */
import { library } from './library.ts';

interface Receiver {
  $library(library: unknown): void;
}
(globalThis as unknown as { __oacBuiltins: Receiver }).__oacBuiltins.$library(library);
