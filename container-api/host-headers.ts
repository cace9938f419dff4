/** The headers of a host, for service workers that stand between it and the page. */
export { hostHeaders } from '../src/base/host-headers.ts';
