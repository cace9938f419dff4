import type { Status } from '../files/stat.ts';

/** What an expression is asked about. */
export interface Candidate {
  path: string;
  name: string;
  depth: number;
  /** By lstat, or with -L by stat where the link leads somewhere. */
  status: Status;
  /** The operand that it was found under. */
  start: string;
}

/** What the walk learns from an evaluation. */
export interface Walk {
  prune: boolean;
  quit: boolean;
  failed: boolean;
}

export type Predicate = (candidate: Candidate, walk: Walk) => boolean;

export const and =
  (a: Predicate, b: Predicate): Predicate =>
  (candidate, walk) =>
    a(candidate, walk) && b(candidate, walk);
export const or =
  (a: Predicate, b: Predicate): Predicate =>
  (candidate, walk) =>
    a(candidate, walk) || b(candidate, walk);
export const not =
  (a: Predicate): Predicate =>
  (candidate, walk) =>
    !a(candidate, walk);
export const comma =
  (a: Predicate, b: Predicate): Predicate =>
  (candidate, walk) => {
    a(candidate, walk);
    return b(candidate, walk);
  };
