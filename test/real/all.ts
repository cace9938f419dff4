/** OAC_APPS=all: the applications too that take minutes each. */
export const ALL = process.env['OAC_APPS'] === 'all';
export const NOT_ALL = 'Applications that take minutes each are skipped: OAC_APPS=all runs them.';
if (!ALL) process.stderr.write(`${NOT_ALL}\n`);
