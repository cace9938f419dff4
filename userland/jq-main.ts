/** jq's script, apart from the others: it holds a megabyte of WebAssembly. */
import bytes from 'jq-web/jq.wasm';
import { jqProgram } from './jq/program.ts';
import { offerPrograms } from './program/start.ts';

offerPrograms([jqProgram(bytes)]);
