import { backslashEscapes } from './escapes.ts';
import { shellQuote } from './quote.ts';

export interface Directive {
  flags: string;
  width: string | undefined;
  precision: string | undefined;
  conversion: string;
}

/** One conversion of printf(1); `argument` undefined means none was left: empty or zero. */
export function formatDirective(
  directive: Directive,
  argument: string | undefined,
  complain: (message: string) => void,
): { text: string; stop: boolean } {
  const { conversion } = directive;
  const precision =
    directive.precision === undefined ? undefined : Math.max(0, Number(directive.precision || 0));
  let stop = false;
  let body: string;
  if ('diouxX'.includes(conversion)) body = integer(directive, parseInteger(argument, complain), precision);
  else if ('fFeEgGaA'.includes(conversion))
    body = float(directive, parseFloating(argument, complain), precision);
  else if (conversion === 'c') body = [...(argument ?? '')][0] ?? '';
  else if (conversion === 'b') {
    const expanded = backslashEscapes(argument ?? '', 'argument');
    body = cut(expanded.text, precision);
    stop = expanded.stop;
  } else if (conversion === 'q') body = shellQuote(argument ?? '');
  else if (conversion === 's') body = cut(argument ?? '', precision);
  else {
    complain(`%${conversion}: invalid conversion specification`);
    return { text: '', stop: true };
  }
  return { text: pad(body, directive, 'diouxXfFeEgGaA'.includes(conversion)), stop };
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined ? text : [...text].slice(0, precision).join('');
}

function pad(body: string, { flags, width, precision, conversion }: Directive, numeric: boolean): string {
  const wanted = Number(width ?? 0);
  const missing = Math.abs(wanted) - [...body].length;
  if (missing <= 0) return body;
  if (flags.includes('-') || wanted < 0) return body + ' '.repeat(missing);
  const zeros = flags.includes('0') && numeric && !(precision !== undefined && 'diouxX'.includes(conversion));
  if (!zeros || /[nN]/.test(body.slice(0, 2))) return ' '.repeat(missing) + body;
  const sign = /^[-+ ]?(?:0[xX])?/.exec(body)?.[0] ?? '';
  return sign + '0'.repeat(missing) + body.slice(sign.length);
}

function integer({ flags, conversion }: Directive, value: bigint, precision: number | undefined): string {
  const signed = conversion === 'd' || conversion === 'i';
  const magnitude = signed ? (value < 0n ? -value : value) : BigInt.asUintN(64, value);
  const radix = conversion === 'o' ? 8 : conversion === 'x' || conversion === 'X' ? 16 : 10;
  let digits =
    precision === 0 && magnitude === 0n ? '' : magnitude.toString(radix).padStart(precision ?? 1, '0');
  if (flags.includes('#') && radix === 8 && !digits.startsWith('0')) digits = `0${digits}`;
  if (flags.includes('#') && radix === 16 && magnitude !== 0n) digits = `0x${digits}`;
  if (conversion === 'X') digits = digits.toUpperCase();
  if (!signed) return digits;
  return (value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') + digits;
}

const DEFAULT_PRECISION = 6;
const MOST_DIGITS = 100;

function float({ flags, conversion }: Directive, value: number, precision = DEFAULT_PRECISION): string {
  const sign =
    value < 0 || Object.is(value, -0) ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const magnitude = Math.abs(value);
  const lower = conversion.toLowerCase();
  let body: string;
  if (!Number.isFinite(magnitude)) body = Number.isNaN(magnitude) ? 'nan' : 'inf';
  else if (lower === 'f') body = magnitude.toFixed(Math.min(precision, MOST_DIGITS));
  else if (lower === 'e') body = exponent(magnitude.toExponential(Math.min(precision, MOST_DIGITS)));
  else body = general(magnitude, precision === 0 ? 1 : precision, flags.includes('#'));
  return sign + (conversion === lower ? body : body.toUpperCase());
}

/** C writes at least two digits of exponent. */
function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function general(value: number, precision: number, keepZeros: boolean): string {
  const power = value === 0 ? 0 : Number(value.toExponential(precision - 1).split('e')[1]);
  const scientific = power < -4 || power >= precision;
  const text = scientific
    ? value.toExponential(precision - 1)
    : value.toFixed(Math.max(0, precision - 1 - power));
  const trimmed = keepZeros || !text.includes('.') ? text : text.replace(/\.?0+(?=e|$)/, '');
  return exponent(trimmed);
}

function parseInteger(argument: string | undefined, complain: (message: string) => void): bigint {
  if (argument === undefined || argument === '') return 0n;
  const code = characterCode(argument);
  if (code !== undefined) return BigInt(code);
  const match = /^\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(argument);
  if (!match) {
    complain(`'${argument}': expected a numeric value`);
    return 0n;
  }
  if (match[0].length !== argument.length) complain(`'${argument}': value not completely converted`);
  const digits = match[2] ?? '0';
  const value = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
  return match[1] === '-' ? -value : value;
}

function parseFloating(argument: string | undefined, complain: (message: string) => void): number {
  if (argument === undefined || argument === '') return 0;
  const code = characterCode(argument);
  if (code !== undefined) return code;
  const match = /^\s*[-+]?(?:0[xX][0-9a-fA-F]+|inf(?:inity)?|nan|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/i.exec(
    argument,
  );
  if (!match) {
    complain(`'${argument}': expected a numeric value`);
    return 0;
  }
  if (match[0].length !== argument.length) complain(`'${argument}': value not completely converted`);
  const text = match[0].trim().toLowerCase();
  if (text.includes('inf')) return text.startsWith('-') ? -Infinity : Infinity;
  return text.includes('nan') ? NaN : Number(text);
}

/** `'A` and `"A` stand for the character's code. */
function characterCode(argument: string): number | undefined {
  return /^['"]/.test(argument) && argument.length > 1 ? argument.codePointAt(1) : undefined;
}
