/** The word that a line ends in, with the quotation that is open there. */
export interface OpenWord {
  /** Where the word begins, and where what completion replaces begins: behind an open quotation mark. */
  readonly wordStart: number;
  readonly start: number;
  /** The quotation mark that is open; empty outside of one. */
  readonly quote: '' | '"' | "'";
  /** The word without quotations and backslashes. */
  readonly text: string;
  /** How `folder` and a name in it are typed in the place of what begins at `start`. */
  readonly typed: (folder: string, name: string) => string;
}

/** What ends a word, or (`=`, `:`) begins another for completion, beside blanks. */
const BREAKS = '|&;()<>=:';
const SPECIAL = /[\s'"\\$`&|;()<>*?[\]#!{}]/g;
const SPECIAL_IN_DOUBLE = /["\\$`]/g;

/** `breaks`: COMP_WORDBREAKS. */
export function openWord(line: string, breaks = BREAKS): OpenWord {
  let quote: OpenWord['quote'] = '';
  let [wordStart, start] = [0, 0];
  let text = '';
  /** What of the word stands before the open quotation. */
  let lead = '';
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '\\' && quote !== "'") text += line.charAt(++at);
    else if (quote !== '' && character === quote) [quote, start, lead] = ['', wordStart, ''];
    else if (quote === '' && (character === '"' || character === "'"))
      [quote, start, lead] = [character, at + 1, text];
    else if (quote === '' && (/\s/.test(character) || breaks.includes(character))) {
      [wordStart, start] = [at + 1, at + 1];
      text = '';
    } else text += character;
  }
  const typed = (folder: string, name: string): string => {
    if (quote !== '') {
      const path = (folder + name).slice(lead.length);
      return quote === '"' ? path.replace(SPECIAL_IN_DOUBLE, '\\$&') : path;
    }
    // What was typed of the folder stays as it was: a tilde and a variable in it are meant to be expanded.
    const given = line.slice(start);
    return given.slice(0, given.lastIndexOf('/') + 1) + name.replace(SPECIAL, '\\$&');
  };
  return { wordStart, start, quote, text, typed };
}

/** The quotation mark that is open at the end of a text; empty when none is. */
export const openQuote = (text: string): string => openWord(text).quote;
