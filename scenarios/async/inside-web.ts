/**
 * What a controller's context has of the web's interfaces beside the language: copies of values, signals of abortion, and
 * text as bytes. Plain code of the context's own, so that nothing of the host's, nor of its time, comes in with it.
 */

/** What the host's `DOMException` is to a program that asks an error for its name. */
function exception(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

// ── copies ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const ERRORS: ReadonlyMap<string, ErrorConstructor> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((each) => [each.name, each]),
);

/** The algorithm of HTML, without transfer. */
export function structuredClone(value: unknown): unknown {
  return cloned(value, new Map());
}

/** `copies`: of what was met already, which may be where it is part of itself. */
function cloned(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value === 'function' || typeof value === 'symbol')
    throw exception('DataCloneError', `${String(value)} could not be cloned.`);
  if (typeof value !== 'object' || value === null) return value;
  if (copies.has(value)) return copies.get(value);
  const known = <T>(copy: T): T => {
    copies.set(value, copy);
    return copy;
  };
  if (value instanceof Map) {
    const copy = known(new Map());
    for (const [key, each] of [...value]) copy.set(cloned(key, copies), cloned(each, copies));
    return copy;
  }
  if (value instanceof Set) {
    const copy = known(new Set());
    for (const each of [...value]) copy.add(cloned(each, copies));
    return copy;
  }
  if (value instanceof Date) return known(new Date(value.getTime()));
  if (value instanceof RegExp) return known(new RegExp(value.source, value.flags));
  if (value instanceof Boolean || value instanceof Number || value instanceof String || value instanceof BigInt)
    return known(Object(value.valueOf()));
  if (value instanceof ArrayBuffer) return known(value.slice(0));
  if (ArrayBuffer.isView(value)) {
    const { byteOffset, byteLength } = value;
    const View = value.constructor as new (buffer: unknown, offset: number, length: number) => unknown;
    const { length = byteLength } = value as { readonly length?: number };
    return known(new View(cloned(value.buffer, copies), byteOffset, length));
  }
  if (value instanceof Error) {
    const copy = known(new (ERRORS.get(value.name) ?? Error)(value.message));
    hide(copy, 'stack', String(value.stack));
    if ('cause' in value) hide(copy, 'cause', cloned(value.cause, copies));
    return copy;
  }
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof Promise)
    throw exception('DataCloneError', `${Object.prototype.toString.call(value)} could not be cloned.`);
  const copy = known(Array.isArray(value) ? new Array<unknown>(value.length) : {}) as Record<string, unknown>;
  for (const [name, each] of Object.entries(value)) {
    const own = { value: cloned(each, copies), configurable: true, enumerable: true, writable: true };
    Object.defineProperty(copy, name, own);
  }
  return copy;
}

/** As what an error has beside its message is. */
function hide(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, configurable: true, enumerable: false, writable: true });
}

// ── events and signals ─────────────────────────────────────────────────────────────────────────────────────────────────

class SimulatedEvent {
  readonly type: string;
  readonly cancelable: boolean;
  target: SimulatedEventTarget | null = null;
  defaultPrevented = false;
  isStopped = false;

  constructor(type: string, { cancelable = false }: { readonly cancelable?: boolean } = {}) {
    this.type = String(type);
    this.cancelable = cancelable;
  }

  get currentTarget(): SimulatedEventTarget | null {
    return this.target;
  }

  preventDefault(): void {
    if (this.cancelable) this.defaultPrevented = true;
  }

  stopImmediatePropagation(): void {
    this.isStopped = true;
  }
}

type Listener = ((event: SimulatedEvent) => unknown) | { handleEvent(event: SimulatedEvent): unknown };

interface ListenerOptions {
  readonly once?: boolean;
  readonly signal?: SimulatedAbortSignal;
}

class SimulatedEventTarget {
  readonly #listeners = new Map<string, Map<Listener, ListenerOptions>>();

  addEventListener(type: string, listener: Listener | null, options?: boolean | ListenerOptions): void {
    const chosen = typeof options === 'object' ? options : {};
    if (listener === null || chosen.signal?.aborted === true) return;
    const listeners = this.#listeners.get(type) ?? new Map<Listener, ListenerOptions>();
    this.#listeners.set(type, listeners);
    if (listeners.has(listener)) return;
    listeners.set(listener, chosen);
    chosen.signal?.addEventListener('abort', () => this.removeEventListener(type, listener), { once: true });
  }

  removeEventListener(type: string, listener: Listener | null): void {
    if (listener !== null) this.#listeners.get(type)?.delete(listener);
  }

  dispatchEvent(event: SimulatedEvent): boolean {
    event.target = this;
    for (const [listener, { once }] of [...(this.#listeners.get(event.type) ?? [])]) {
      if (event.isStopped) break;
      if (this.#listeners.get(event.type)?.has(listener) !== true) continue;
      if (once) this.removeEventListener(event.type, listener);
      void called(() => (typeof listener === 'function' ? listener.call(this, event) : listener.handleEvent(event)));
    }
    return !event.defaultPrevented;
  }
}

/** Calls at once. What a listener throws is nobody's to catch but ends the process, and only when the others have been told. */
async function called(action: () => unknown): Promise<void> {
  action();
}

/** So that nobody but those below makes signals. */
const ours = Symbol('ours');
/** Nobody but those below may abort one. */
let strike: (signal: SimulatedAbortSignal, reason?: unknown) => void;

class SimulatedAbortSignal extends SimulatedEventTarget {
  onabort: ((event: SimulatedEvent) => unknown) | null = null;
  #reason: unknown = undefined;
  #aborted = false;

  constructor(by?: unknown) {
    super();
    if (by !== ours) throw new TypeError('Illegal constructor');
  }

  static abort(reason?: unknown): SimulatedAbortSignal {
    const signal = new SimulatedAbortSignal(ours);
    strike(signal, reason);
    return signal;
  }

  static any(signals: Iterable<SimulatedAbortSignal>): SimulatedAbortSignal {
    const any = new SimulatedAbortSignal(ours);
    const all = [...signals];
    const first = all.find(({ aborted }) => aborted);
    if (first !== undefined) strike(any, first.reason);
    else for (const one of all) one.addEventListener('abort', () => strike(any, one.reason), { once: true });
    return any;
  }

  static {
    strike = (signal, reason = exception('AbortError', 'This operation was aborted')) => {
      if (signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason = reason;
      const event = new SimulatedEvent('abort');
      event.target = signal;
      if (typeof signal.onabort === 'function') void called(() => signal.onabort?.(event));
      signal.dispatchEvent(event);
    };
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }
}

class SimulatedAbortController {
  readonly signal = new SimulatedAbortSignal(ours);

  abort(reason?: unknown): void {
    strike(this.signal, reason);
  }
}

// ── text as bytes ──────────────────────────────────────────────────────────────────────────────────────────────────────

const REPLACEMENT = 0xfffd;
const BYTE_ORDER_MARK = 0xfeff;

function bytesOf(letter: string): readonly number[] {
  const own = letter.codePointAt(0) as number;
  // Half of a surrogate pair is no letter.
  const codePoint = own >= 0xd800 && own <= 0xdfff ? REPLACEMENT : own;
  const follow = (shift: number): number => 0x80 | ((codePoint >> shift) & 0x3f);
  if (codePoint < 0x80) return [codePoint];
  if (codePoint < 0x800) return [0xc0 | (codePoint >> 6), follow(0)];
  if (codePoint < 0x1_0000) return [0xe0 | (codePoint >> 12), follow(6), follow(0)];
  return [0xf0 | (codePoint >> 18), follow(12), follow(6), follow(0)];
}

class SimulatedTextEncoder {
  readonly encoding = 'utf-8';

  encode(text: unknown = ''): Uint8Array {
    const bytes: number[] = [];
    for (const letter of String(text)) bytes.push(...bytesOf(letter));
    return Uint8Array.from(bytes);
  }

  encodeInto(text: string, target: Uint8Array): { readonly read: number; readonly written: number } {
    let [read, written] = [0, 0];
    for (const letter of text) {
      const bytes = bytesOf(letter);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      read += letter.length;
      written += bytes.length;
    }
    return { read, written };
  }
}

interface DecoderOptions {
  readonly fatal?: boolean;
  readonly ignoreBOM?: boolean;
}

/** UTF-8 by the decoder of the Encoding Standard, whose names for it stand here in words. */
class SimulatedTextDecoder {
  readonly encoding = 'utf-8';
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  #codePoint = 0;
  /** Bytes that the code point still needs. */
  #needed = 0;
  /** The least and the most that the next of them may be. */
  #bounds: readonly [number, number] = [0x80, 0xbf];
  #hasBegun = false;

  constructor(label = 'utf-8', { fatal = false, ignoreBOM = false }: DecoderOptions = {}) {
    if (!/^(?:unicode-1-1-)?utf-?8$/i.test(label.trim()))
      throw new RangeError(`The "${label}" encoding is not supported: a simulation decodes UTF-8 alone`);
    this.fatal = fatal;
    this.ignoreBOM = ignoreBOM;
  }

  decode(
    input: ArrayBuffer | ArrayBufferView = new Uint8Array(),
    { stream = false }: { readonly stream?: boolean } = {},
  ): string {
    const bytes = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input);
    let text = '';
    const emit = (codePoint: number): void => {
      if (this.#hasBegun || codePoint !== BYTE_ORDER_MARK || this.ignoreBOM) text += String.fromCodePoint(codePoint);
      this.#hasBegun = true;
    };
    for (const byte of bytes) this.#take(byte, emit);
    if (!stream) {
      if (this.#needed > 0) this.#malformed(emit);
      this.#hasBegun = false;
    }
    return text;
  }

  #take(byte: number, emit: (codePoint: number) => void): void {
    if (this.#needed === 0) {
      this.#lead(byte, emit);
      return;
    }
    const [least, most] = this.#bounds;
    if (byte < least || byte > most) {
      this.#malformed(emit);
      this.#lead(byte, emit);
      return;
    }
    this.#bounds = [0x80, 0xbf];
    this.#codePoint = (this.#codePoint << 6) | (byte & 0x3f);
    if (--this.#needed === 0) emit(this.#codePoint);
  }

  /** The first byte of a code point. What would be longer than it need be, a surrogate or too large is malformed by its second. */
  #lead(byte: number, emit: (codePoint: number) => void): void {
    if (byte < 0x80) emit(byte);
    else if (byte >= 0xc2 && byte <= 0xdf) this.#begin(1, byte & 0x1f);
    else if (byte >= 0xe0 && byte <= 0xef)
      this.#begin(2, byte & 0xf, byte === 0xe0 ? [0xa0, 0xbf] : byte === 0xed ? [0x80, 0x9f] : [0x80, 0xbf]);
    else if (byte >= 0xf0 && byte <= 0xf4)
      this.#begin(3, byte & 0x7, byte === 0xf0 ? [0x90, 0xbf] : byte === 0xf4 ? [0x80, 0x8f] : [0x80, 0xbf]);
    else this.#malformed(emit);
  }

  #begin(needed: number, codePoint: number, bounds: readonly [number, number] = [0x80, 0xbf]): void {
    this.#needed = needed;
    this.#codePoint = codePoint;
    this.#bounds = bounds;
  }

  #malformed(emit: (codePoint: number) => void): void {
    this.#begin(0, 0);
    if (this.fatal) {
      this.#hasBegun = false;
      throw new TypeError('The encoded data was not valid for encoding utf-8');
    }
    emit(REPLACEMENT);
  }
}

/** By the names that the web gives them. `later` calls an action after simulated time, and does not keep the program alive. */
export function webGlobals(later: (delayMs: number, action: () => void) => void): Readonly<Record<string, unknown>> {
  const timeout = (delayMs: number): SimulatedAbortSignal => {
    const signal = new SimulatedAbortSignal(ours);
    later(delayMs, () => strike(signal, exception('TimeoutError', 'The operation was aborted due to timeout')));
    return signal;
  };
  const own = { value: timeout, configurable: true, writable: true };
  const AbortSignal = Object.defineProperty(SimulatedAbortSignal, 'timeout', own);
  const classes = {
    Event: SimulatedEvent,
    EventTarget: SimulatedEventTarget,
    AbortSignal,
    AbortController: SimulatedAbortController,
    TextEncoder: SimulatedTextEncoder,
    TextDecoder: SimulatedTextDecoder,
  };
  for (const [name, each] of Object.entries(classes)) Object.defineProperty(each, 'name', { value: name });
  return { ...classes, structuredClone };
}
