/** Ends git with a status, after `fatal: message` (nothing for an empty one; `error:` where git has that). */
export class GitFailure extends Error {
  override readonly name = 'GitFailure';
  readonly status: number;
  readonly label: string;
  constructor(message: string, status = 128, label = 'fatal: ') {
    super(message);
    this.status = status;
    this.label = label;
  }
}

export const usage = (text: string): GitFailure => new GitFailure(`usage: ${text}`, 129, '');
export const unknownOption = (option: string, text: string): GitFailure =>
  new GitFailure(
    `unknown ${option.startsWith('--') ? 'option' : 'switch'} \`${option.replace(/^-+/, '')}'\nusage: ${text}`,
    129,
    'error: ',
  );
