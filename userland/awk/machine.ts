import { Failure, type ProgramContext } from '../program/program.ts';
import { openInput } from '../program/input.ts';
import { AwkSyntaxError, type AwkProgram, type Expression, type Rule, type Statement } from './ast.ts';
import { callBuiltin } from './builtins.ts';
import { unescape } from './lexer.ts';
import { compileRegex } from './parser.ts';
import { type AwkArray, AwkState, type Cell } from './state.ts';
import { RecordReader, Streams } from './streams.ts';
import { compareValues, InputText, isTrue, toNumber, toText, type Value } from './values.ts';

const FATAL = 2;
const CALLS_MAX = 1000;

/** How control leaves a statement; `undefined` means that it goes on. */
type Leave = 'next' | 'nextfile' | 'break' | 'continue' | 'exit' | 'return' | undefined;

/** Runs a program over its input. */
export class AwkMachine extends AwkState {
  readonly context: ProgramContext;
  readonly streams: Streams;
  exitStatus = 0;
  seed = 0;
  readonly #program: AwkProgram;
  #returned: Value;
  #reader: RecordReader | undefined;
  #argument = 1;
  #sawFile = false;
  #inRange = new Set<Rule>();

  constructor(
    context: ProgramContext,
    program: AwkProgram,
    fieldSeparator: string | undefined,
    operands: readonly string[],
  ) {
    super();
    this.context = context;
    this.#program = program;
    this.streams = new Streams(context);
    const variables: Record<string, Value> = {
      NR: 0,
      NF: 0,
      FNR: 0,
      FS: fieldSeparator ?? ' ',
      OFS: ' ',
      ORS: '\n',
      RS: '\n',
      OFMT: '%.6g',
      CONVFMT: '%.6g',
      SUBSEP: '\x1c',
      FILENAME: '',
      RSTART: 0,
      RLENGTH: -1,
    };
    for (const [name, value] of Object.entries(variables)) this.globals.set(name, value);
    const environment: AwkArray = new Map(
      Object.entries(context.env).map(([name, value]) => [name, new InputText(value)]),
    );
    this.globals.set('ENVIRON', environment);
    const argv = ['awk', ...operands];
    this.globals.set('ARGC', argv.length);
    this.globals.set('ARGV', new Map(argv.map((text, index) => [String(index), new InputText(text)])));
  }

  run(): number {
    let leave: Leave;
    for (const action of this.#program.begin) {
      leave = this.#execute(action);
      if (leave === 'exit') break;
    }
    if (leave !== 'exit' && (this.#program.rules.length || this.#program.end.length))
      leave = this.#mainLoop();
    if (leave !== 'exit' || !this.#exitedInEnd) {
      for (const action of this.#program.end) {
        this.#exitedInEnd = true;
        if (this.#execute(action) === 'exit') break;
      }
    }
    this.streams.closeAll();
    return this.exitStatus;
  }
  #exitedInEnd = false;

  #mainLoop(): Leave {
    while (this.#nextMainRecord()) {
      for (const rule of this.#program.rules) {
        if (!this.#selects(rule)) continue;
        if (rule.body === undefined) {
          this.context.stdout.write(this.record() + this.text('ORS'));
          continue;
        }
        const leave = this.#execute(rule.body);
        if (leave === 'exit') return leave;
        if (leave === 'nextfile') this.#reader = undefined;
        if (leave === 'next' || leave === 'nextfile') break;
      }
      if (this.context.stdout.failed) throw new Failure('', FATAL);
    }
    return undefined;
  }

  #selects(rule: Rule): boolean {
    if (rule.pattern === undefined) return true;
    if (rule.until === undefined) return isTrue(this.evaluate(rule.pattern));
    if (!this.#inRange.has(rule)) {
      if (!isTrue(this.evaluate(rule.pattern))) return false;
      this.#inRange.add(rule);
    }
    if (isTrue(this.evaluate(rule.until))) this.#inRange.delete(rule);
    return true;
  }

  // Input

  /** ARGV in order: `name=value` is an assignment, empty is passed over, without any file standard input is read. */
  #openNext(): boolean {
    for (;;) {
      const count = toNumber(this.variable('ARGC'));
      if (this.#argument >= count) {
        if (this.#sawFile) return false;
        this.#sawFile = true;
        this.#reader = new RecordReader(this.context, 0, '-');
        return true;
      }
      const operand = toText(this.array('ARGV').get(String(this.#argument++)), String);
      const assignment = /^([A-Za-z_]\w*)=([^]*)$/.exec(operand);
      if (operand === '') continue;
      if (assignment) {
        this.setVariable(assignment[1] ?? '', new InputText(unescape(assignment[2] ?? '')));
        continue;
      }
      this.#sawFile = true;
      this.setVariable('FILENAME', operand);
      this.setVariable('FNR', 0);
      try {
        this.#reader = new RecordReader(this.context, openInput(this.context.system.files, operand), operand);
        return true;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        throw new Failure(`cannot open "${operand}" (${error.message.slice(operand.length + 2)})`, FATAL);
      }
    }
  }

  #readMain(): string | undefined {
    for (;;) {
      if (this.#reader === undefined && !this.#openNext()) return undefined;
      const record = this.#reader?.next(this.#recordSeparator());
      if (record !== undefined) return record;
      this.#reader = undefined;
      if (this.#argument >= toNumber(this.variable('ARGC')) && this.#sawFile) return undefined;
    }
  }

  #recordSeparator(): string {
    const given = this.text('RS');
    return given.length <= 1 ? given : compileRegex(given).source;
  }

  #nextMainRecord(): boolean {
    const record = this.#readMain();
    if (record === undefined) return false;
    this.#count('NR');
    this.#count('FNR');
    this.setRecord(record);
    return true;
  }

  #count(name: string): void {
    this.setVariable(name, toNumber(this.variable(name)) + 1);
  }

  #getline(expression: Extract<Expression, { kind: 'getline' }>): number {
    const { source, from, target } = expression;
    let record: string | undefined;
    if (source === 'main') record = this.#readMain();
    else {
      const name = this.string(from === undefined ? '' : this.evaluate(from));
      const reader = this.streams.input(source, name);
      if (reader === undefined) return -1;
      try {
        record = reader.next(this.#recordSeparator());
      } catch (error) {
        if (error instanceof Failure) return -1;
        throw error;
      }
    }
    if (record === undefined) return 0;
    if (source !== 'file') this.#count('NR');
    if (source === 'main') this.#count('FNR');
    if (target === undefined) this.setRecord(record);
    else this.assign(target, new InputText(record));
    return 1;
  }

  // Expressions

  /** An expression given as such, or as a string. */
  regexOf(expression: Expression): RegExp {
    if (expression.kind !== 'regex') return this.regex(this.string(this.evaluate(expression)));
    expression.regex.lastIndex = 0;
    return expression.regex;
  }

  key(subscript: readonly Expression[]): string {
    const parts = subscript.map((one) => this.string(this.evaluate(one)));
    return parts.length === 1 ? (parts[0] ?? '') : parts.join(this.text('SUBSEP'));
  }

  evaluate(expression: Expression): Value {
    switch (expression.kind) {
      case 'number':
      case 'string':
        return expression.value;
      case 'variable':
        return this.variable(expression.name);
      case 'field':
        return this.field(Math.trunc(toNumber(this.evaluate(expression.index))));
      case 'element': {
        const array = this.array(expression.array);
        const key = this.key(expression.subscript);
        // Looking an element up makes it.
        if (!array.has(key)) array.set(key, undefined);
        return array.get(key);
      }
      case 'regex':
        return this.regexOf(expression).test(this.record()) ? 1 : 0;
      case 'group':
        return this.evaluate(expression.inner);
      case 'binary':
        return this.#binary(expression);
      case 'unary': {
        const value = this.evaluate(expression.operand);
        if (expression.operator === '!') return isTrue(value) ? 0 : 1;
        return expression.operator === '-' ? -toNumber(value) : toNumber(value);
      }
      case 'assign':
        return this.#assignment(expression);
      case 'conditional':
        return this.evaluate(isTrue(this.evaluate(expression.test)) ? expression.yes : expression.no);
      case 'increment': {
        const before = toNumber(this.evaluate(expression.target));
        this.assign(expression.target, before + expression.by);
        return expression.prefix ? before + expression.by : before;
      }
      case 'in':
        return this.array(expression.array).has(this.key(expression.subscript)) ? 1 : 0;
      case 'call':
        return this.#call(expression.name, expression.args);
      case 'builtin':
        return callBuiltin(this, expression.name, expression.args);
      case 'getline':
        return this.#getline(expression);
    }
  }

  #binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>): Value {
    switch (operator) {
      case '&&':
        return isTrue(this.evaluate(left)) && isTrue(this.evaluate(right)) ? 1 : 0;
      case '||':
        return isTrue(this.evaluate(left)) || isTrue(this.evaluate(right)) ? 1 : 0;
      case ' ': {
        const before = this.string(this.evaluate(left));
        return before + this.string(this.evaluate(right));
      }
      case '~':
      case '!~': {
        const text = this.string(this.evaluate(left));
        return this.regexOf(right).test(text) === (operator === '~') ? 1 : 0;
      }
    }
    const a = this.evaluate(left);
    const b = this.evaluate(right);
    if (/^[<>]=?$|^[!=]=$/.test(operator)) return this.#compare(operator, a, b);
    return arithmetic(operator, toNumber(a), toNumber(b));
  }

  #compare(operator: string, a: Value, b: Value): number {
    const order = compareValues(a, b, (number) => this.number(number, 'CONVFMT'));
    const results: Readonly<Record<string, boolean>> = {
      '<': order < 0,
      '<=': order <= 0,
      '==': order === 0,
      '!=': order !== 0,
      '>': order > 0,
      '>=': order >= 0,
    };
    return results[operator] ? 1 : 0;
  }

  #assignment({ operator, target, value }: Extract<Expression, { kind: 'assign' }>): Value {
    if (operator === '=') {
      const given = this.evaluate(value);
      this.assign(target, given);
      return given;
    }
    const amount = toNumber(this.evaluate(value));
    const result = arithmetic(operator.slice(0, -1), toNumber(this.evaluate(target)), amount);
    this.assign(target, result);
    return result;
  }

  assign(target: Expression, value: Value): void {
    if (target.kind === 'variable') this.setVariable(target.name, value);
    else if (target.kind === 'field') this.setField(Math.trunc(toNumber(this.evaluate(target.index))), value);
    else if (target.kind === 'element') this.array(target.array).set(this.key(target.subscript), value);
    else if (target.kind === 'group') this.assign(target.inner, value);
    else throw new AwkSyntaxError('assignment to something that is no variable');
  }

  /** Arrays are passed by reference; a name that was never used becomes whatever the function makes of it. */
  #call(name: string, args: readonly Expression[]): Value {
    const definition = this.#program.functions.get(name);
    if (definition === undefined) throw new Failure(`function \`${name}' not defined`, FATAL);
    if (this.frames.length >= CALLS_MAX)
      throw new Failure(`function calls nested more than ${CALLS_MAX} deep`, FATAL);
    const frame = new Map<string, Cell>();
    const untyped: [parameter: string, name: string][] = [];
    definition.parameters.forEach((parameter, index) => {
      const argument = args[index];
      if (argument?.kind !== 'variable')
        return void frame.set(parameter, argument === undefined ? undefined : this.evaluate(argument));
      if (argument.name === 'NF') this.allFields();
      const cell = this.cell(argument.name);
      if (cell !== undefined) return void frame.set(parameter, cell);
      frame.set(parameter, undefined);
      untyped.push([parameter, argument.name]);
    });
    this.frames.push(frame);
    this.#returned = undefined;
    const leave = this.#execute(definition.body);
    this.frames.pop();
    for (const [parameter, given] of untyped) {
      const cell = frame.get(parameter);
      if (cell instanceof Map) this.setCell(given, cell);
    }
    if (leave === 'exit') throw new ExitFromFunction();
    const returned = this.#returned;
    this.#returned = undefined;
    return returned;
  }

  // Statements

  #execute(statement: Statement): Leave {
    const depth = this.frames.length;
    try {
      return this.#statement(statement);
    } catch (error) {
      // `exit` inside a function unwinds the expression that called it.
      if (!(error instanceof ExitFromFunction)) throw error;
      this.frames.length = depth;
      return 'exit';
    }
  }

  #statement(statement: Statement): Leave {
    switch (statement.kind) {
      case 'expression':
        this.evaluate(statement.expression);
        return undefined;
      case 'print':
        return this.#print(statement);
      case 'block':
        for (const one of statement.body) {
          const leave = this.#statement(one);
          if (leave !== undefined) return leave;
        }
        return undefined;
      case 'if':
        if (isTrue(this.evaluate(statement.test))) return this.#statement(statement.yes);
        return statement.no === undefined ? undefined : this.#statement(statement.no);
      case 'while':
        return this.#loop(
          statement.first ? statement.test : undefined,
          statement.test,
          undefined,
          statement.body,
        );
      case 'for':
        if (statement.start !== undefined) this.#statement(statement.start);
        return this.#loop(statement.test, statement.test, statement.step, statement.body);
      case 'for-in':
        return this.#forIn(statement);
      case 'delete':
        if (statement.subscript === undefined) this.array(statement.array).clear();
        else this.array(statement.array).delete(this.key(statement.subscript));
        return undefined;
      case 'exit':
        if (statement.value !== undefined) this.exitStatus = toNumber(this.evaluate(statement.value)) & 255;
        return 'exit';
      case 'return':
        this.#returned = statement.value === undefined ? undefined : this.evaluate(statement.value);
        return 'return';
      default:
        return statement.kind;
    }
  }

  #loop(
    first: Expression | undefined,
    test: Expression | undefined,
    step: Statement | undefined,
    body: Statement,
  ): Leave {
    if (first !== undefined && !isTrue(this.evaluate(first))) return undefined;
    for (;;) {
      const leave = this.#statement(body);
      if (leave === 'break') return undefined;
      if (leave !== undefined && leave !== 'continue') return leave;
      if (step !== undefined) this.#statement(step);
      if (test !== undefined && !isTrue(this.evaluate(test))) return undefined;
    }
  }

  #forIn({ variable, array, body }: Extract<Statement, { kind: 'for-in' }>): Leave {
    const elements = this.array(array);
    for (const key of [...elements.keys()]) {
      if (!elements.has(key)) continue;
      this.setVariable(variable, new InputText(key));
      const leave = this.#statement(body);
      if (leave === 'break') return undefined;
      if (leave !== undefined && leave !== 'continue') return leave;
    }
    return undefined;
  }

  #print({ formatted, args, redirection }: Extract<Statement, { kind: 'print' }>): Leave {
    const values = args.map((argument) => this.evaluate(argument));
    const shown = (value: Value): string => toText(value, (number) => this.number(number, 'OFMT'));
    let text: string;
    if (formatted) text = this.format(this.string(values[0]), values.slice(1));
    else if (args.length === 0) text = this.record() + this.text('ORS');
    else text = values.map(shown).join(this.text('OFS')) + this.text('ORS');
    if (redirection === undefined) this.context.stdout.write(text);
    else this.streams.output(redirection.kind, this.string(this.evaluate(redirection.target))).write(text);
    return undefined;
  }
}

class ExitFromFunction extends Error {
  override readonly name = 'ExitFromFunction';
}

function arithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      if (b === 0) throw new Failure('division by zero', FATAL);
      return a / b;
    case '%':
      if (b === 0) throw new Failure('division by zero in %', FATAL);
      return a % b;
    default:
      return a ** b;
  }
}
