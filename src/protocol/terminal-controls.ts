/** A terminal's control characters, as they lie in three words of its input's ring. */
import { type ControlName, DEFAULT_CONTROLS, type TerminalControls } from '../base/terminal-controls.ts';
import { PipeWord } from './ipc-layout.ts';

const NAMES = Object.keys(DEFAULT_CONTROLS) as ControlName[];
const WORDS = [PipeWord.controls, PipeWord.moreControls, PipeWord.lastControls] as const;

interface Ring {
  word(name: number): number;
  setWord(name: number, value: number): void;
}

/** A byte of 0 stands for what it is at first. */
export function readControls(ring: Ring): TerminalControls {
  if (WORDS.every((word) => ring.word(word) === 0)) return DEFAULT_CONTROLS; // asked for at each key
  const entries = NAMES.map((name, at): [ControlName, number] => {
    const byte = (ring.word(WORDS[at >> 2] ?? PipeWord.controls) >>> ((at & 3) * 8)) & 0xff;
    return [name, byte === 0 ? DEFAULT_CONTROLS[name] : byte];
  });
  return Object.fromEntries(entries) as Record<ControlName, number>;
}

export function writeControls(ring: Ring, controls: TerminalControls): void {
  WORDS.forEach((word, part) => {
    const bytes = NAMES.slice(part * 4, part * 4 + 4).map((name) => controls[name] & 0xff);
    ring.setWord(
      word,
      bytes.reduce((packed, byte, at) => packed | (byte << (at * 8)), 0),
    );
  });
}
