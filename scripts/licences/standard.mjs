// Packages that name their licence but bring no text: the licence's own, with the author whom the package names.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const ISC = `Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.`;

/** Of data that is used as it is: where the terms stand. */
const PUBLIC = {
  'CC-BY-3.0': 'Used unchanged. The terms: https://creativecommons.org/licenses/by/3.0/legalcode',
  'CC0-1.0': 'Dedicated to the public domain: https://creativecommons.org/publicdomain/zero/1.0/legalcode',
};

/** The whole Apache licence, as a package that is there anyway brings it. */
const apache = () =>
  readFile(
    createRequire(import.meta.url)
      .resolve('typescript')
      .replace(/lib\/[^/]+$/, 'LICENSE.txt'),
    'utf8',
  );

/** @param {{ name: string, license: string, author?: string | { name: string }, repository?: string | { url: string } }} manifest */
export async function standardText({ name, license, author, repository }) {
  const holder = typeof author === 'object' ? author.name : (author ?? `the authors of ${name}`);
  const source = typeof repository === 'object' ? repository.url : (repository ?? '');
  const text = { MIT, ISC, ...PUBLIC }[license] ?? (license === 'Apache-2.0' ? await apache() : undefined);
  if (text === undefined) throw new Error(`${name} brings no text of its licence, ${license}`);
  return `Copyright (c) ${holder}\n${source}\n\n${text}`;
}
