/** What the shell says of itself: scripts look at these to see whether bash's syntax is understood. */
export const SHELL_VERSION = '5.2.0(1)-release';
export const OS_TYPE = 'linux-gnu';
export const HOST_TYPE = 'x86_64';
export const MACHINE_TYPE = 'x86_64-pc-linux-gnu';
