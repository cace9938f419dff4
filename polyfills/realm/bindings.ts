import { BINDINGS } from '../bindings/registry.ts';
import type { BindingFactory, BindingShape, NodeContext } from '../context.ts';

type Binding = Record<string, unknown>;

/** `internalBinding`, made lazily from the registry and completed from the pinned node's shapes. */
export class Bindings {
  readonly #made: Record<string, Binding> = Object.create(null) as Record<string, Binding>;
  readonly #context: NodeContext;
  readonly #core: Readonly<Record<string, BindingFactory>>;

  /** `core` are the bindings that reach into the realm itself. */
  constructor(context: NodeContext, core: Readonly<Record<string, BindingFactory>>) {
    this.#context = context;
    this.#core = core;
  }

  get(name: string): Binding {
    return (this.#made[name] ??= this.#make(name));
  }

  #make(name: string): Binding {
    const factory = this.#core[name] ?? BINDINGS[name];
    const shape = this.#context.facts.bindings[name];
    if (factory === undefined && shape === undefined) {
      throw this.#context.errors.coded(Error, 'ERR_INVALID_MODULE', `No such binding: ${name}`);
    }
    const binding = (factory?.(this.#context) ?? {}) as Binding;
    // A library that a factory loads may ask for a global of Node's, whose module asks for this binding: there is only one.
    const within = this.#made[name];
    if (within !== undefined) return within;
    this.#made[name] = binding;
    if (shape !== undefined) this.#complete(name, binding, shape);
    return binding;
  }

  /** What a binding lacks of the real one: data is filled in, functions and classes throw when they are used. */
  #complete(name: string, binding: Binding, shape: BindingShape): void {
    for (const [key, value] of Object.entries(shape.constants())) if (!(key in binding)) binding[key] = value;
    for (const key of shape.functions) if (!(key in binding)) binding[key] = this.#absent(name, key);
    for (const [key, { methods }] of Object.entries(shape.classes)) {
      if (key in binding) continue;
      const absent = this.#absent(name, key);
      const placeholder = { [key]: class { constructor() { absent(); } } }[key]; // prettier-ignore
      for (const method of methods) {
        Object.defineProperty(placeholder?.prototype, method, {
          value: this.#absent(name, `${key}.${method}`),
          writable: true,
          configurable: true,
        });
      }
      binding[key] = placeholder;
    }
  }

  #absent(binding: string, name: string): () => never {
    const { errors } = this.#context;
    return () => {
      throw errors.coded(
        Error,
        'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
        `${binding}.${name} is not available in this container`,
      );
    };
  }
}
