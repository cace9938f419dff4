/** What uname(2) says here. The kernel of a container is its own; the release is what programs test for features of. */
export const UNAME = {
  sysname: 'Linux',
  release: '6.1.0',
  version: '#1 SMP PREEMPT_DYNAMIC',
  machine: 'x86_64',
} as const;
