/** An awk program, parsed (POSIX awk, with the few additions that all awks have). */
export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'regex'; regex: RegExp }
  | { kind: 'variable'; name: string }
  | { kind: 'element'; array: string; subscript: readonly Expression[] }
  | { kind: 'field'; index: Expression }
  | { kind: 'group'; inner: Expression }
  | { kind: 'assign'; operator: string; target: Expression; value: Expression }
  | { kind: 'conditional'; test: Expression; yes: Expression; no: Expression }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'unary'; operator: '!' | '-' | '+'; operand: Expression }
  | { kind: 'increment'; target: Expression; by: 1 | -1; prefix: boolean }
  | { kind: 'in'; subscript: readonly Expression[]; array: string }
  | { kind: 'call'; name: string; args: readonly Expression[] }
  | { kind: 'builtin'; name: string; args: readonly Expression[] }
  | {
      kind: 'getline';
      source: 'main' | 'file' | 'command';
      from: Expression | undefined;
      target: Expression | undefined;
    };

export interface Redirection {
  kind: '>' | '>>' | '|';
  target: Expression;
}

export type Statement =
  | { kind: 'expression'; expression: Expression }
  | { kind: 'print'; formatted: boolean; args: readonly Expression[]; redirection: Redirection | undefined }
  | { kind: 'if'; test: Expression; yes: Statement; no: Statement | undefined }
  | { kind: 'while'; test: Expression; body: Statement; first: boolean }
  | {
      kind: 'for';
      start: Statement | undefined;
      test: Expression | undefined;
      step: Statement | undefined;
      body: Statement;
    }
  | { kind: 'for-in'; variable: string; array: string; body: Statement }
  | { kind: 'block'; body: readonly Statement[] }
  | { kind: 'delete'; array: string; subscript: readonly Expression[] | undefined }
  | { kind: 'next' | 'nextfile' | 'break' | 'continue' }
  | { kind: 'exit' | 'return'; value: Expression | undefined };

export interface Rule {
  pattern: Expression | undefined;
  /** The end of a range. */
  until: Expression | undefined;
  /** undefined: print the record. */
  body: Statement | undefined;
}

export interface FunctionDefinition {
  name: string;
  parameters: readonly string[];
  body: Statement;
}

export interface AwkProgram {
  begin: readonly Statement[];
  rules: readonly Rule[];
  end: readonly Statement[];
  functions: ReadonlyMap<string, FunctionDefinition>;
}

/** The program's text is not awk. */
export class AwkSyntaxError extends Error {
  override readonly name = 'AwkSyntaxError';
}
