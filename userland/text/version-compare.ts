/** Order of names with version numbers in them, as `sort -V` and `ls -v` have it (Debian's rules, gnulib filevercmp). */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const special = specialNames(a, b);
  if (special !== 0) return special;
  const [stemA, stemB] = [stem(a), stem(b)];
  const byStem = stemA === stemB ? 0 : compareParts(stemA, stemB);
  return byStem || compareParts(a, b) || (a < b ? -1 : 1);
}

/** The empty name, `.`, `..` and other names that start with a dot come first, in this order. */
function specialNames(a: string, b: string): number {
  const rank = (name: string): number =>
    name === '' ? 0 : name === '.' ? 1 : name === '..' ? 2 : name.startsWith('.') ? 3 : 4;
  return Math.sign(rank(a) - rank(b));
}

/** Without extensions such as `.tar.gz`, so that `a-1.txt` is compared as `a-1`. */
function stem(name: string): string {
  return name.replace(/(?:\.[A-Za-z~][A-Za-z0-9~]*)*$/, '');
}

function compareParts(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = rankAt(a, i) - rankAt(b, j);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    const numberA = digitsAt(a, i);
    const numberB = digitsAt(b, j);
    i += numberA.length;
    j += numberB.length;
    const [valueA, valueB] = [numberA.replace(/^0+/, ''), numberB.replace(/^0+/, '')];
    if (valueA.length !== valueB.length) return valueA.length - valueB.length;
    if (valueA !== valueB) return valueA < valueB ? -1 : 1;
  }
  return 0;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function digitsAt(text: string, at: number): string {
  let end = at;
  while (isDigit(text, end)) end++;
  return text.slice(at, end);
}

const AFTER_LETTERS = 256;

/** `~` before the end, the end and digits before letters, letters before everything else. */
function rankAt(text: string, at: number): number {
  if (at >= text.length || isDigit(text, at)) return 0;
  const code = text.charCodeAt(at);
  if (text[at] === '~') return -1;
  return /[A-Za-z]/.test(text[at] ?? '') ? code : code + AFTER_LETTERS;
}
