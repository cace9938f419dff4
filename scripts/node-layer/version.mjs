/** The pinned version of Node.js whose own library runs in every process. The only place that names it. */
export const NODE_VERSION = '24.21.0';

/** The facts of bindings and constants are those of this platform: what a container shows to programs. */
export const NODE_TARGET = 'linux-x64';
