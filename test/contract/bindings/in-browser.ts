/** Bundled and evaluated in a page: our bindings' outcomes, as JSON. */
import { outcomes } from './cases.ts';
import { bareContext } from './context.ts';
import { SUITES } from './suites.ts';

const records = SUITES.map(({ binding, create, cases }) => [
  binding,
  outcomes(cases(create(bareContext()) as never)),
]);
(globalThis as { bindingRecords?: string }).bindingRecords = JSON.stringify(Object.fromEntries(records));
